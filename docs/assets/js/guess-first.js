/* <guess-first ask="..." text="And whom did he meet? Otto[91] the donkey.">: 100 points to give to the words of
   a text, before one sees which words a head gives them to. Those stand in brackets behind its words. */
(() => {
  const STEP = 10;
  const make = (tag, properties = {}, ...children) => {
    const el = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) name in el ? el[name] = value : el.setAttribute(name, value);
    el.append(...children);
    return el;
  };
  const parse = (part) => {
    const [, word, points] = part.match(/^(.*?)(?:\[(\d+)\])?$/);
    return { word, points: Number(points ?? 0) };
  };
  const mark = (el, { word }, points) => {
    el.style.setProperty("--w", points / 100);
    el.replaceChildren(word, ...(points ? [make("small", { textContent: ` ${points}` })] : []));
  };

  class GuessFirst extends HTMLElement {
    connectedCallback() {
      if (this.childElementCount) return;
      this.words = this.getAttribute("text").split(" ").map(parse);
      this.buttons = this.words.map((_, i) => make("button", { type: "button", tabIndex: i ? -1 : 0, onclick: () => this.give(i) }));
      const words = make("div", {
        className: "words", role: "toolbar", "aria-label": `Words to give ${STEP} points to`,
        onkeydown: (event) => this.move(event), onfocusin: (event) => this.reach(this.buttons.indexOf(event.target)),
      }, ...this.buttons.flatMap((button) => [button, " "]));
      this.back = make("button", { type: "button", textContent: `Take ${STEP} back`, onclick: () => this.take() });
      this.show = make("button", { type: "button", onclick: () => this.reveal(this.answer.hidden) });
      this.said = make("p", { role: "status" });
      this.answer = make("div", { className: "words" }, ...this.words.flatMap((each) => {
        const word = make("span");
        mark(word, each, each.points);
        return [word, " "];
      }));
      const column = (title, content) => make("div", {}, make("p", { className: "title", textContent: title }), content);
      this.other = column("The head", this.answer);
      this.append(
        make("p", { textContent: this.getAttribute("ask") }),
        make("div", { className: "beside" }, column("Your guess", words), this.other),
        make("div", { className: "controls" }, this.show, this.back), this.said,
      );
      this.reveal(false);
    }

    /* Begin anew, or show the answer beside the guess, whatever has been guessed. */
    reveal(isShown) {
      if (!isShown) this.given = []; // the word of each step, so that steps can be taken back
      this.answer.hidden = this.other.hidden = !isShown;
      this.show.textContent = isShown ? "Guess again" : "Show where the head looks";
      this.draw();
    }

    points(i) {
      return STEP * this.given.filter((word) => word === i).length;
    }

    give(i) {
      if (this.answer.hidden && this.given.length * STEP < 100) this.given.push(i);
      this.draw();
    }

    take() {
      this.given.pop();
      this.draw();
    }

    reach(i) {
      this.buttons.forEach((button, j) => { button.tabIndex = i === j ? 0 : -1; });
    }

    move(event) {
      const i = this.buttons.indexOf(event.target), last = this.buttons.length - 1;
      const to = { ArrowLeft: i - 1, ArrowUp: i - 1, ArrowRight: i + 1, ArrowDown: i + 1, Home: 0, End: last }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.buttons[Math.max(0, Math.min(to, last))].focus();
    }

    draw() {
      this.buttons.forEach((button, i) => mark(button, this.words[i], this.points(i)));
      this.back.disabled = !this.given.length || !this.answer.hidden;
      const left = 100 - STEP * this.given.length;
      this.said.textContent = this.answer.hidden ? `${this.list((_, i) => this.points(i))}${left} points left.` : this.verdict();
    }

    list(points) {
      const shares = this.words.map((each, i) => ({ word: each.word.replace(/[.?!]$/, ""), points: points(each, i) })).filter((share) => share.points);
      const text = shares.sort((a, b) => b.points - a.points).map((share) => `“${share.word}” ${share.points}`).join(", ");
      return text && `${text}. `;
    }

    verdict() {
      const head = `The head: ${this.list((each) => each.points)}`;
      if (!this.given.length) return head;
      const shared = this.words.reduce((sum, each, i) => sum + Math.min(each.points, this.points(i)), 0);
      return `${head}You: ${this.list((_, i) => this.points(i))}You agree on ${shared} of 100 points.`;
    }
  }
  customElements.get("guess-first") ?? customElements.define("guess-first", GuessFirst);
})();
