/* Typeset the formulas of pages and labs, again after each instant navigation. KaTeX is fetched with the
   first page that has formulas; without it they show their TeX. */
(() => {
  const folder = new URL("../vendor/katex/", document.currentScript.src).href;
  const delimiters = [{ left: "$$", right: "$$", display: true }, { left: "$", right: "$", display: false }];
  const fetched = {};
  const need = (name) => fetched[name] ||= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    document.body.append(Object.assign(script, { src: folder + name, onload: resolve, onerror: reject }));
  });

  const typeset = async ({ body }) => {
    const formulas = body.querySelectorAll(".arithmatex"), texts = body.querySelectorAll(".jp-RenderedMarkdown");
    if (formulas.length || texts.length) await need("katex.min.js");
    for (const el of formulas) {
      const tex = el.textContent, displayMode = tex.startsWith("\\[");
      katex.render(tex.slice(2, -2), el, { displayMode, throwOnError: false });
    }
    if (texts.length) await need("auto-render.min.js");
    for (const el of texts) renderMathInElement(el, { delimiters, throwOnError: false });
    dispatchEvent(new Event("typeset"));
  };
  document$.subscribe((page) => typeset(page).catch(() => { document.documentElement.dataset.lacks = "libraries"; }));
})();
