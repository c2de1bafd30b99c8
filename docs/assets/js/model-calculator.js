/* <model-calculator model="Llama 3 8B" context="8192" gpu="24">: the parameters of a model by part, the memory
   of its weights and cache, and whether they fit. All numbers come from accounting.js. */
(() => {
  const make = (tag, properties = {}, ...children) => {
    const el = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) name in el ? el[name] = value : el.setAttribute(name, value);
    el.append(...children);
    return el;
  };
  const sizes = {
    n_layers: "Layers", d_model: "Hidden size", n_heads: "Heads", n_kv_heads: "Key-value heads",
    d_ff: "Intermediate size", vocab_size: "Vocabulary", n_positions: "Learned positions",
  };
  const flags = { gated: "Gated feed-forward", tie_embeddings: "Tied embeddings" };
  const biases = { none: "none", qkv: "q, k, v", qkvo: "q, k, v, output", all: "all (GPT-2)" };
  const use = { n_tokens: "Context (tokens)", batch_size: "Texts at once", gpu: "GPU memory (GiB)" };
  const names = { embedding: "Embedding", attention: "Attention", "feed-forward": "Feed-forward", norms: "Norms", head: "Output" };
  const precisions = { float32: "float32", bfloat16: "bfloat16", int8: "int8", int4: "int4" };
  const OWN = "Your own shape";
  const whole = (number) => number.toLocaleString("en");
  const gib = (bytes) => {
    const number = bytes / 2 ** 30;
    return number >= 0.1 ? number.toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 }) : number.toPrecision(2);
  };
  const percent = (share) => share && share < 0.0005 ? "<0.1%" : `${(100 * share).toFixed(1)}%`;
  const short = (number) => {
    const [unit, word] = number >= 1e9 ? [1e9, "billion"] : number >= 1e6 ? [1e6, "million"] : [1e3, "thousand"];
    return `${(number / unit).toPrecision(3)} ${word}`;
  };

  class ModelCalculator extends HTMLElement {
    connectedCallback() {
      if (this.childElementCount) return;
      this.fields = {};
      const labeled = (name, words, field) => make("label", {}, words, this.fields[name] = field);
      const number = (changed) => ([name, words]) => labeled(name, words, make("input", { type: "number", min: name === "n_positions" ? 0 : 1, step: name === "gpu" ? "any" : 1, oninput: changed }));
      const choice = (options, changed) => make("select", { onchange: changed }, ...options.map(([value, textContent]) => make("option", { value, textContent })));
      const changed = () => { this.model.value = OWN; this.show(); };
      this.model = choice([...Object.keys(Accounting.presets), OWN].map((name) => [name, name]), () => this.choose(this.model.value));
      this.bars = make("ul", { className: "bars", "aria-label": "Parameters by part" });
      this.said = make("p", { role: "status" });
      this.memory = make("tbody");
      this.results = make("div", {}, this.bars, this.table());
      this.append(
        make("label", { className: "model" }, "Model ", this.model),
        make("div", { className: "fields" }, ...Object.entries(sizes).map(number(changed)),
          labeled("biases", "Biases", choice(Object.entries(biases), changed)),
          ...Object.entries(flags).map(([name, words]) => make("label", { className: "check" }, this.fields[name] = make("input", { type: "checkbox", onchange: changed }), words))),
        make("div", { className: "fields use" }, ...Object.entries(use).map(number(() => this.show()))),
        this.said, this.results,
      );
      this.fields.n_tokens.value = this.getAttribute("context") ?? 8192;
      this.fields.batch_size.value = 1;
      this.fields.gpu.value = this.getAttribute("gpu") ?? 24;
      this.model.value = this.getAttribute("model") ?? "Llama 3 8B";
      this.choose(this.model.value);
    }

    table() {
      const head = ["precision", "weights", "cache", "sum", "Does it fit?"].map((name) => make("th", { scope: "col" }, name));
      return make("table", { className: "counts" }, make("caption", { textContent: "Memory to generate, in GiB" }), make("thead", {}, make("tr", {}, ...head)), this.memory);
    }

    choose(name) {
      for (const [key, value] of Object.entries(Accounting.presets[name] ?? {}))
        this.fields[key][key in flags ? "checked" : "value"] = value;
      this.show();
    }

    read() {
      const shape = { biases: this.fields.biases.value };
      for (const name in sizes) shape[name] = this.fields[name].valueAsNumber;
      for (const name in flags) shape[name] = this.fields[name].checked;
      return shape;
    }

    mistake(shape, tokens, texts, gpu) {
      if (!(Number.isInteger(tokens) && tokens > 0)) return "The context must be a positive whole number.";
      if (!(Number.isInteger(texts) && texts > 0)) return "The number of texts must be a positive whole number.";
      return gpu > 0 ? Accounting.mistake(shape) : "The memory must be a positive number.";
    }

    show() {
      const shape = this.read(), [tokens, texts, gpu] = Object.keys(use).map((name) => this.fields[name].valueAsNumber);
      const wrong = this.mistake(shape, tokens, texts, gpu);
      this.results.hidden = Boolean(wrong);
      this.said.textContent = wrong;
      if (wrong) return;
      const { parts, total } = Accounting.countParameters(shape);
      this.bars.replaceChildren(...Object.entries(parts).map(([part, n]) =>
        make("li", { style: `--p: ${n / total}` }, make("span", {}, names[part]), make("span", {}, part === "head" && !n ? "tied: 0" : `${whole(n)} (${percent(n / total)})`))));
      this.memory.replaceChildren(...Object.entries(precisions).map(([precision, name]) => {
        const { weights, cache, total: both } = Accounting.inferenceMemory(shape, tokens, texts, precision), left = gpu * 2 ** 30 - both;
        const verdict = left >= 0 ? `yes, ${gib(left)} left` : `no, ${gib(-left)} over`;
        return make("tr", { className: left >= 0 ? "fits" : "" }, make("th", { scope: "row" }, name), ...[gib(weights), gib(cache), gib(both), verdict].map((text) => make("td", {}, text)));
      }));
      const beyond = shape.n_positions && tokens > shape.n_positions ? ` With ${whole(shape.n_positions)} learned positions it reads no more than that many tokens.` : "";
      this.said.textContent = `${whole(total)} parameters, ${short(total)}. One token of cache takes ${whole(Accounting.kvCacheBytes(shape, 1, 1, "bfloat16"))} bytes in bfloat16.${beyond}`;
    }
  }
  customElements.get("model-calculator") ?? customElements.define("model-calculator", ModelCalculator);
})();
