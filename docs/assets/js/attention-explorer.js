/* <attention-explorer text="..." layer="3" head="0">: the storyteller's attention, live. Until it is started
   it is a single button below a static picture, and nothing of the model is fetched. */
(() => {
  const names = ["storyteller.js", "../storyteller/tokenizer.js", "../storyteller/files.js", "attention-arcs.js", "attention-stories.js"];
  const scripts = names.map((name) => new URL(name, document.currentScript.src).href);
  const fetched = (src) => new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src, onload: resolve, onerror: reject });
    document.body.append(script);
  });
  let model;
  // A script, since a page that is opened as a file may not fetch; a data address decodes base64 natively.
  const load = () => model ||= Promise.all(scripts.map(fetched)).then(async () => {
    const weights = await (await fetch(`data:;base64,${storytellerFiles.weights}`)).arrayBuffer();
    return new Storyteller({ ...storytellerFiles, tokenizer: storytellerTokenizer, weights });
  });

  const make = (tag, properties = {}, ...children) => {
    const el = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) name in el ? el[name] = value : el.setAttribute(name, value);
    el.append(...children);
    return el;
  };
  const shown = (token) => token.replace(/\n/g, "↵");
  const percent = (weight) => `${(100 * weight).toFixed(weight < 0.0995 ? 1 : 0)}%`;

  class AttentionExplorer extends HTMLElement {
    connectedCallback() {
      if (this.childElementCount) return;
      this.append(make("button", { className: "start", type: "button", textContent: "Look into the model yourself", onclick: () => this.start() }));
    }

    async start() {
      this.firstChild.disabled = true;
      this.firstChild.textContent = "Fetching the model (2 MB)…";
      try {
        this.model = await load();
      } catch {
        this.firstChild.textContent = "The model could not be fetched.";
        return;
      }
      let picture = this.parentElement.previousElementSibling; // what the live figure replaces
      while (picture?.matches("details")) picture = picture.previousElementSibling;
      if (picture?.querySelector("img")) picture.hidden = true;
      this.build();
      this.begin();
      this.marks[this.from].focus({ preventScroll: true });
    }

    build() {
      const { num_hidden_layers: nLayers, num_attention_heads: nHeads } = this.model.config;
      const options = Array.from({ length: nLayers * nHeads }, (_, i) => make("option", { value: i, textContent: `layer ${Math.floor(i / nHeads)}, head ${i % nHeads}` }));
      this.heads = make("select", { onchange: () => {
        Object.assign(this, { layer: Math.floor(this.heads.value / nHeads), head: this.heads.value % nHeads }).show();
      } }, ...options);
      this.input = make("textarea", { rows: 3, spellcheck: false, onchange: () => this.read(this.input.value) });
      this.tokens = make("div", { className: "tokens", role: "radiogroup", "aria-label": "The token that looks back", onkeydown: (event) => this.move(event) });
      this.said = make("p", { "aria-live": "polite" });
      this.next = make("ol", { "aria-label": "The most probable next tokens" });
      const write = make("button", { type: "button", textContent: "Write on", onclick: () => this.write() });
      const again = make("button", { type: "button", textContent: "Start over", onclick: () => this.begin() });
      this.arcs = make("input", { type: "checkbox", onchange: () => this.show() });
      const others = attentionStories.map(([name, ...story]) => make("button", { type: "button", textContent: name, onclick: () => this.begin(...story) }));
      new ResizeObserver(() => this.arcs.checked && this.show()).observe(this.tokens); // lines break elsewhere
      this.replaceChildren(
        make("div", { className: "controls" }, make("label", {}, "Attention head ", this.heads), make("label", {}, this.arcs, " Arcs"), write, again),
        make("div", { className: "controls", role: "group", "aria-label": "Other stories" }, "Other stories:", ...others),
        this.tokens, this.said, make("p", { className: "caption", textContent: "Next token" }), this.next,
        make("label", { className: "own" }, "Your own text", this.input),
      );
    }

    /* Begin with a story and the head to look through: the page's own, unless others are given. */
    begin(layer = Number(this.getAttribute("layer") ?? 0), head = Number(this.getAttribute("head") ?? 0), text = this.getAttribute("text")) {
      [this.layer, this.head] = [layer, head];
      this.heads.value = layer * this.model.config.num_attention_heads + head;
      this.read(text);
    }

    /* Read a text, and look from its last token. */
    read(text) {
      const limit = this.model.config.max_position_embeddings - 40; // room to write on
      const ids = this.model.tokenizer.encode(text);
      this.ids = [this.model.end, ...ids.slice(0, limit)];
      this.note = ids.length > limit ? ` The text is too long: only the first ${limit} tokens are read.` : "";
      this.input.value = text;
      Object.assign(this, this.model.read(this.ids));
      this.from = this.ids.length - 1;
      this.fill();
    }

    /* Draw tokens, each in proportion to its probability, until the sentence ends. */
    write() {
      const { model } = this, limit = model.config.max_position_embeddings;
      for (let piece = ""; !/[.?!"\n]$/.test(piece) && this.ids.length < limit;) {
        let left = Math.random(), id = 0;
        for (const p = Storyteller.softmax(this.logits); id < p.length - 1 && left >= p[id]; id++) left -= p[id];
        if (id === model.end) break;
        piece = model.tokenizer.decode([id]);
        this.ids.push(id);
        const { logits, attention } = model.read([id], this.cache);
        attention.forEach((heads, layer) => heads.forEach((rows, head) => this.attention[layer][head].push(...rows)));
        this.logits = logits;
      }
      this.input.value = model.tokenizer.decode(this.ids.slice(1));
      this.from = this.ids.length - 1;
      this.fill();
    }

    fill() {
      const { tokenizer } = this.model;
      this.names = this.ids.map((id, i) => i ? shown(tokenizer.decode([id])) : "start");
      this.marks = this.names.map((name, i) => make("span", { role: "radio", textContent: name.trimStart() || name, onclick: () => this.look(i) }));
      this.tokens.replaceChildren(...this.marks.flatMap((mark, i) => this.names[i].startsWith(" ") ? [" ", mark] : [mark]));
      const p = Storyteller.softmax(this.logits), best = [...p.keys()].sort((a, b) => p[b] - p[a]).slice(0, 5);
      this.next.replaceChildren(...best.map((id) => make("li", { style: `--p: ${p[id]}` }, make("code", { textContent: id === this.model.end ? "(end)" : shown(tokenizer.decode([id])) }), ` ${p[id].toFixed(3)}`)));
      this.show();
    }

    look(i) {
      this.from = Math.max(0, Math.min(i, this.ids.length - 1));
      this.show();
      this.marks[this.from].focus();
    }

    move(event) {
      const to = { ArrowLeft: this.from - 1, ArrowUp: this.from - 1, ArrowRight: this.from + 1, ArrowDown: this.from + 1, Home: 0, End: this.ids.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.look(to);
    }

    show() {
      const weights = this.attention[this.layer][this.head][this.from];
      this.marks.forEach((token, i) => {
        const weight = weights[i] ?? 0;
        token.style.setProperty("--w", weight);
        token.classList.toggle("strong", weight > 0.5);
        token.classList.toggle("later", i > this.from);
        token.title = i > this.from ? "comes later: hidden" : percent(weight);
        token.setAttribute("aria-checked", i === this.from);
        token.tabIndex = i === this.from ? 0 : -1;
      });
      attentionArcs(this.arcs.checked, this.tokens, this.marks, weights, this.from);
      const largest = [...weights.keys()].sort((a, b) => weights[b] - weights[a]).slice(0, 3).filter((i) => weights[i] >= 0.005);
      const list = largest.map((i) => `${percent(weights[i])} to “${this.names[i].trim()}”`).join(", ");
      this.said.textContent = `Layer ${this.layer}, head ${this.head}: from “${this.names[this.from].trim()}”, ${list}.${this.note}`;
    }
  }
  customElements.get("attention-explorer") ?? customElements.define("attention-explorer", AttentionExplorer);
})();
