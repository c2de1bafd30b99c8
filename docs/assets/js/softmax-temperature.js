/* <softmax-temperature labels="Otto, a" scores="3, 0" by="Temperature" start="1" caption="...">: scores to
   move, what divides them, and the weights that softmax makes of them. */
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
        const row = slider(name, -5, 5, scores[i], changed);
        row.bar = Object.assign(document.createElement("span"), { className: "bar" });
        row.number = document.createElement("output");
        this.append(row.label, row.input, row.bar, row.number);
        return row;
      });
      this.temperature = slider(this.getAttribute("by"), 0.1, 5, this.getAttribute("start"), changed);
      this.temperature.number = document.createElement("output");
      this.append(this.temperature.label, this.temperature.input, this.temperature.number);
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
