/* <tokenizer-playground text="...">: type a text, and see the pieces that the storyteller's tokenizer cuts it
   into, beside its characters, words and bytes. */
(() => {
  const presets = {
    English: { lang: "en", text: "The little goat lived on an island and wanted a whistle." },
    French: { lang: "fr", text: "La petite chèvre vivait sur une île et voulait un sifflet." },
    Arabic: { lang: "ar", text: "عاشت العنزة الصغيرة على جزيرة وأرادت صفارة." },
  };
  const make = (tag, properties = {}, ...children) => {
    const el = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) name in el ? el[name] = value : el.setAttribute(name, value);
    el.append(...children);
    return el;
  };
  const count = (number) => number.toLocaleString("en");
  const wordsOf = (text) => text.match(/\S*[\p{L}\p{N}]\S*/gu) ?? []; // what stands between spaces, not a dash alone
  const perWord = (nTokens, text) => wordsOf(text).length ? (nTokens / wordsOf(text).length).toFixed(2) : "–";
  const isRightToLeft = (text) => /^[^\p{L}]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/u.test(text);
  const row = (...cells) => make("tr", {}, ...cells.map((cell, i) => make(i ? "td" : "th", i ? {} : { scope: "row" }, cell)));

  /* The characters of a piece; a byte that is part of a character which the piece cuts is shown as ‹D9›. */
  const shown = (bytes) => {
    let text = "";
    for (let i = 0; i < bytes.length;) {
      const lead = bytes[i], length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      try {
        text += new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.slice(i, i + length));
        i += length;
      } catch {
        text += `‹${lead.toString(16).toUpperCase().padStart(2, "0")}›`;
        i += 1;
      }
    }
    return text.replace(/ /g, "␣").replace(/\n/g, "↵").replace(/\t/g, "⇥");
  };

  class TokenizerPlayground extends HTMLElement {
    connectedCallback() {
      if (this.childElementCount) return;
      if (typeof Storyteller === "undefined" || typeof storytellerTokenizer === "undefined") {
        this.append(make("p", { textContent: "The tokenizer could not be fetched." }));
        return;
      }
      this.tokenizer = new Storyteller.Tokenizer(storytellerTokenizer);
      this.input = make("textarea", { rows: 2, dir: "auto", spellcheck: false, maxLength: 2000, oninput: () => this.show() });
      this.pieces = make("ol", { className: "pieces", "aria-label": "The pieces and their ids" });
      this.said = make("p", { role: "status" });
      const buttons = Object.entries(presets).map(([name, { text }]) => make("button", { type: "button", textContent: name, onclick: () => this.read(text) }));
      this.append(
        make("div", { className: "controls", role: "group", "aria-label": "Sentences to try" }, ...buttons),
        make("label", {}, "Your text", this.input),
        this.pieces, this.said, this.compared(),
      );
      this.read(this.getAttribute("text") ?? presets.English.text);
    }

    /* The same sentence in three languages: what each word costs. */
    compared() {
      const head = make("tr", {}, ...["The sentence in", "words", "tokens", "tokens per word"].map((name) => make("th", { scope: "col" }, name)));
      const rows = Object.entries(presets).map(([name, { text }]) => {
        const nTokens = this.tokenizer.encode(text).length;
        return row(name, count(wordsOf(text).length), count(nTokens), perWord(nTokens, text));
      });
      return make("table", { className: "counts" }, make("thead", {}, head), make("tbody", {}, ...rows));
    }

    read(text) {
      this.input.value = text;
      this.show();
    }

    show() {
      const text = this.input.value, { tokenizer } = this, ids = tokenizer.encode(text);
      const direction = isRightToLeft(text) ? "rtl" : "ltr";
      this.input.lang = Object.values(presets).find((preset) => preset.text === text)?.lang ?? "";
      this.pieces.dir = direction;
      this.pieces.replaceChildren(...ids.map((id) => {
        const bytes = Uint8Array.from([...tokenizer.tokens[id]], (sign) => tokenizer.bytes[sign]);
        return make("li", {}, make("bdi", { textContent: shown(bytes) }), make("small", { dir: "ltr", textContent: ` ${id}` }));
      }));
      const numbers = [[[...text].length, "character"], [wordsOf(text).length, "word"], [new TextEncoder().encode(text).length, "byte"], [ids.length, "token"]];
      const told = numbers.map(([number, what]) => `${count(number)} ${what}${number === 1 ? "" : "s"}`);
      this.said.textContent = `${told.join(", ").replace(/bytes?/, "$& in UTF-8")}. Tokens per word: ${perWord(ids.length, text)}.`;
    }
  }
  customElements.get("tokenizer-playground") ?? customElements.define("tokenizer-playground", TokenizerPlayground);
})();
