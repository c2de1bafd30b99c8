/* Each question of Check yourself gets a field for the reader's own answer, which then stands above ours. It
   is kept nowhere: leave the page, and it is gone. */
(() => {
  const make = (tag, properties = {}, ...children) => {
    const el = Object.assign(document.createElement(tag), properties);
    el.append(...children);
    return el;
  };
  const ask = (fold, i) => {
    const question = fold.querySelector("summary"), field = make("textarea", { rows: 1 });
    question.id ||= `question-${i + 1}`;
    field.setAttribute("aria-describedby", question.id);
    const label = make("label", { className: "own-answer" }, "Your answer first (stays on this page)", field);
    const said = make("p", { className: "own-answer" });
    fold.after(label);
    fold.addEventListener("toggle", () => {
      const answer = field.value.trim();
      said.replaceChildren(make("strong", { textContent: "Your answer: " }), answer);
      if (fold.open && answer) question.after(said);
      else said.remove();
      label.hidden = fold.open;
    });
  };

  document$.subscribe(({ body }) => {
    const folds = [];
    for (let el = body.querySelector("#check-yourself")?.nextElementSibling; el && el.localName !== "h2"; el = el.nextElementSibling)
      if (el.matches("details")) folds.push(el);
    folds.filter((fold) => !fold.matches(":has(+ .own-answer)")).forEach(ask);
  });
})();
