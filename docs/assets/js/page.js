/* What CSS alone cannot do: names that the theme leaves out, errors told apart, wide things scrolled by keyboard. */
document$.subscribe(({ body }) => {
  body.querySelector(".md-search")?.setAttribute("aria-label", "Search");
  body.querySelectorAll(".md-code__nav").forEach((nav, i) => nav.setAttribute("aria-label", `Code block ${i + 1}`));
  for (const pre of body.querySelectorAll(".language-python.highlight + .language-text.highlight pre"))
    if (/^(?!NotImplemented)\w*(Error|Exception)\b/m.test(pre.textContent)) pre.closest(".highlight").classList.add("fails");
  document.fonts.ready.then(() => {
    for (const el of body.querySelectorAll(".md-typeset p:has(> img), div.arithmatex, .md-typeset__scrollwrap, .md-typeset pre > code"))
      if (el.scrollWidth > el.clientWidth) el.tabIndex = 0;
  });
});
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
