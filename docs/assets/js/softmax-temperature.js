/* <softmax-temperature labels="Otto, a" scores="3, 0" by="Temperature" start="1" caption="..." fixed>: scores
   to move, what divides them, and the weights that softmax makes of them. With `fixed`, the scores stay. */
(() => {
  let made = 0;
  const slider = (name, min, max, value, changed) => {
    const id = `softmax-${++made}`, label = document.createElement("label"), input = document.createElement("input");
    Object.assign(label, { htmlFor: id, textContent: name });
    Object.assign(input, { id, type: "range", min, max, step: 0.1, oninput: changed });
    input.value = value; // after the limits, which would cut it
    return { label, input, get value() { return Number(input.value); } };
  };
  const list = (text) => text.split(",").map((part) => part.trim());

  class SoftmaxTemperature extends HTMLElement {
    connectedCallback() {
      if (this.childElementCount) return;
      const scores = list(this.getAttribute("scores")).map(Number), changed = () => this.show();
      const caption = document.createElement("p");
      caption.textContent = this.getAttribute("caption");
      this.append(caption);
      this.rows = list(this.getAttribute("labels")).map((name, i) => {
        const row = this.hasAttribute("fixed") ? { value: scores[i] } : slider(name, -5, 5, scores[i], changed);
        const bar = document.createElement("span"), number = document.createElement("output");
        bar.className = "bar";
        const shown = row.label ?? Object.assign(document.createElement("span"), { textContent: name });
        this.append(shown, row.input ?? "", bar, number);
        return { get value() { return row.value; }, bar, number };
      });
      this.temperature = slider(this.getAttribute("by"), 0.1, 5, this.getAttribute("start"), changed);
      const number = document.createElement("output");
      this.temperature.number = number;
      this.append(this.temperature.label, this.temperature.input, number);
      this.classList.toggle("fixed", this.hasAttribute("fixed"));
      this.show();
    }

    show() {
      const temperature = this.temperature.value, values = this.rows.map((row) => row.value);
      const largest = Math.max(...values), powers = values.map((value) => Math.exp((value - largest) / temperature));
      const sum = powers.reduce((a, b) => a + b);
      this.rows.forEach((row, i) => {
        row.bar.style.setProperty("--p", powers[i] / sum);
        row.number.textContent = `${values[i].toFixed(1)} → ${(powers[i] / sum).toFixed(3)}`;
      });
      this.temperature.number.textContent = temperature.toFixed(1);
    }
  }
  customElements.get("softmax-temperature") ?? customElements.define("softmax-temperature", SoftmaxTemperature);
})();
