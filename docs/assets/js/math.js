/* Typeset the formulas, again after each instant navigation. Without KaTeX a formula shows its TeX. */
document$.subscribe(({ body }) => {
  if (!window.katex) return;
  for (const el of body.querySelectorAll(".arithmatex")) {
    const tex = el.textContent, displayMode = tex.startsWith("\\[");
    katex.render(tex.slice(2, -2), el, { displayMode, throwOnError: false });
  }
});
