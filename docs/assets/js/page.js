/* What CSS alone cannot do: names that the theme leaves out or gives twice, errors told apart from other
   output, wide things scrolled by keyboard, answers opened on paper. */
const FIGURES = ".md-typeset p > img, .jp-OutputArea-output img";
const mark = (el) => {
  const scrolls = el.scrollWidth > el.clientWidth && getComputedStyle(el).overflowX !== "visible";
  if (scrolls) el.tabIndex = 0;
  el.classList.toggle("scrolls", scrolls);
};
// On a phone what is drawn wider than this scrolls: its labels would shrink to less than 8 pixels.
const fit = (img) => {
  img.classList.toggle("wide", img.naturalWidth > 640);
  mark(img.parentElement);
};
addEventListener("toggle", ({ target }) => target.querySelectorAll(FIGURES).forEach(fit), true);
addEventListener("load", ({ target }) => target instanceof Image && target.matches(FIGURES) && fit(target), true);
const reach = () => {
  for (const formula of document.querySelectorAll("span.arithmatex:has(.katex)")) {
    formula.classList.remove("wide");
    formula.classList.toggle("wide", formula.getBoundingClientRect().width > formula.closest(":not(span, em, strong, a)").clientWidth);
  }
  document.querySelectorAll(FIGURES).forEach(fit);
  document.querySelectorAll(".arithmatex, .md-typeset__scrollwrap, .md-typeset pre, .md-typeset pre > code, .jp-OutputArea-output, .diagram").forEach(mark);
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
  // A screen reader would list 35 links of the bibliography as "text".
  for (const link of body.querySelectorAll("#bibliography ~ ul a"))
    if (link.textContent === "text") link.ariaLabel = `text of ${link.closest("li").textContent.split(".")[0]}`;
  // A line would else break behind the dashes of an option.
  for (const code of body.querySelectorAll(":is(p, li) > code"))
    if (/^(?=.{0,24}$)\S*-\S*$/.test(code.textContent)) code.classList.add("whole");
  document.fonts.ready.then(reach);
});
addEventListener("resize", reach);
// From math.js; the fonts of the formulas begin to load with the next frame.
addEventListener("typeset", () => requestAnimationFrame(() => document.fonts.ready.then(reach)));
// On paper the code of the figures is left out, and the solutions stand at the end, out of the learner's sight.
const back = [];
addEventListener("beforeprint", () => {
  const nameOf = (details) => details.querySelector("summary")?.textContent ?? "";
  for (const details of document.querySelectorAll("details")) {
    details.open = true;
    details.toggleAttribute("data-draws", nameOf(details).startsWith("The code that draws"));
  }
  const answers = [...document.querySelectorAll(".exercise > details")].filter((details) => nameOf(details) === "Solution");
  const page = document.querySelector(".md-content__inner");
  const title = (tag, textContent) => {
    const heading = Object.assign(document.createElement(tag), { textContent });
    page.append(heading);
    back.push(() => heading.remove());
  };
  if (!answers.length || back.length) return;
  title("h2", "Solutions");
  for (const details of answers) {
    const exercise = details.parentElement, next = details.nextSibling;
    title("h3", exercise.querySelector("h3").firstChild.textContent);
    page.append(details);
    back.push(() => exercise.insertBefore(details, next));
  }
});
addEventListener("afterprint", () => { while (back.length) back.pop()(); });
