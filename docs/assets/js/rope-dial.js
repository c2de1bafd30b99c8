/* <rope-dial speeds="1, 0.3, 0.1">: a query and a key as the hands of one clock for each speed. Move either, or
   both together, and see what happens to the score. */
(() => {
  let made = 0;
  const SVG = "http://www.w3.org/2000/svg", LIMIT = 30;
  const draw = (tag, attributes) => {
    const el = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
    return el;
  };
  const signed = (number, digits = 2) => number.toFixed(digits).replace("-", "−");
  const hand = (angle, length) => ({ x2: 50 + length * Math.sin(angle), y2: 50 - length * Math.cos(angle) }); // up at first, then clockwise
  const turn = (line, angle, length) => Object.entries(hand(angle, length)).forEach(([name, value]) => line.setAttribute(name, value));

  class RopeDial extends HTMLElement {
    connectedCallback() {
      if (this.childElementCount) return;
      this.query = this.slider("Position of the query (long hand)", 9);
      this.key = this.slider("Position of the key (short hand)", 7);
      const both = Object.assign(document.createElement("button"), { type: "button", textContent: "Move both one step", onclick: () => {
        const step = Math.max(this.query.value, this.key.value) < LIMIT ? 1 : -Math.min(this.query.value, this.key.value);
        for (const input of [this.query, this.key]) input.value = Number(input.value) + step;
        this.show();
      } });
      const dials = document.createElement("div");
      dials.className = "dials";
      this.dials = this.getAttribute("speeds").split(",").map(Number).map((speed) => {
        const svg = draw("svg", { viewBox: "0 0 100 100", "aria-hidden": true }), text = document.createElement("span");
        const key = draw("line", { x1: 50, y1: 50, class: "key" }), query = draw("line", { x1: 50, y1: 50, class: "query" });
        svg.append(draw("circle", { cx: 50, cy: 50, r: 46 }), key, query);
        const dial = document.createElement("div");
        dial.append(svg, text);
        dials.append(dial);
        return { speed, key, query, text };
      });
      this.said = document.createElement("p");
      this.said.setAttribute("aria-live", "polite");
      this.append(both, dials, this.said);
      this.show();
    }

    slider(name, value) {
      const label = document.createElement("label"), input = document.createElement("input"), id = `rope-${++made}`;
      Object.assign(label, { htmlFor: id, textContent: name });
      Object.assign(input, { id, type: "range", min: 0, max: LIMIT, value, oninput: () => this.show() });
      this.append(label, input);
      return input;
    }

    show() {
      const query = Number(this.query.value), key = Number(this.key.value);
      const scores = this.dials.map((dial) => {
        turn(dial.query, query * dial.speed, 40);
        turn(dial.key, key * dial.speed, 30);
        const score = Math.cos((query - key) * dial.speed);
        dial.text.textContent = `${dial.speed} rad per step: ${signed(score)}`;
        return score;
      });
      const sum = scores.reduce((a, b) => a + b), apart = query - key;
      this.said.textContent = `Query at ${query}, key at ${key}: ${signed(apart, 0)} apart. Score: ${scores.map((s) => signed(s)).join(" + ")} = ${signed(sum)}.`;
    }
  }
  customElements.get("rope-dial") ?? customElements.define("rope-dial", RopeDial);
})();
