/* What CSS alone cannot do: names that the theme leaves out or gives twice, errors told apart from other
   output, wide things scrolled by keyboard, answers opened on paper. */
const reach = () => {
  for (const formula of document.querySelectorAll("span.arithmatex:has(.katex)")) {
    formula.classList.remove("wide");
    formula.classList.toggle("wide", formula.getBoundingClientRect().width > formula.closest(":not(span, em, strong, a)").clientWidth);
  }
  for (const el of document.querySelectorAll(".md-typeset p:has(> img), .arithmatex, .md-typeset__scrollwrap, .md-typeset pre, .md-typeset pre > code, .jp-OutputArea-output"))
    if (el.scrollWidth > el.clientWidth && getComputedStyle(el).overflowX !== "visible") el.tabIndex = 0;
};
document$.subscribe(({ body }) => {
  body.querySelector(".md-search")?.setAttribute("aria-label", "Search");
  // A landmark for each block would be fifty in a lesson.
  body.querySelectorAll(".md-code__nav").forEach((nav) => nav.setAttribute("role", "none"));
  for (const nav of body.querySelectorAll(".md-nav .md-nav:not([data-named])")) {
    const own = nav.getAttribute("aria-label") ?? document.getElementById(nav.getAttribute("aria-labelledby"))?.textContent;
    const outer = nav.parentElement.closest(".md-nav").getAttribute("aria-label");
    nav.removeAttribute("aria-labelledby");
    nav.setAttribute("aria-label", `${outer}: ${own?.trim()}`);
    nav.dataset.named = "";
  }
  for (const pre of body.querySelectorAll(".language-python.highlight + .language-text.highlight pre"))
    if (/^(?!NotImplemented)\w*(Error|Exception)\b/m.test(pre.textContent)) pre.closest(".highlight").classList.add("fails");
  // A line would else break behind the dashes of an option.
  for (const code of body.querySelectorAll(":is(p, li) > code"))
    if (/^(?=.{0,24}$)\S*-\S*$/.test(code.textContent)) code.classList.add("whole");
  document.fonts.ready.then(reach);
});
addEventListener("resize", reach);
// From math.js; the fonts of the formulas begin to load with the next frame.
addEventListener("typeset", () => requestAnimationFrame(() => document.fonts.ready.then(reach)));
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
