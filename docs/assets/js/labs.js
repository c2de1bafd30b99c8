/* What the converter of notebooks leaves undone in labs: formulas, links to other pages, corners of tables. */
(() => {
  const labs = new URL("../../labs/", document.currentScript.src).href;
  const ending = location.protocol === "file:" ? ".html" : "/";
  const delimiters = [{ left: "$$", right: "$$", display: true }, { left: "$", right: "$", display: false }];

  document$.subscribe(({ body }) => {
    const lab = body.querySelector(".jupyter-wrapper");
    if (!lab) return;
    if (window.renderMathInElement)
      for (const text of lab.querySelectorAll(".jp-RenderedMarkdown"))
        renderMathInElement(text, { delimiters, throwOnError: false });
    for (const link of lab.querySelectorAll("a[href$='.md']"))
      link.href = new URL(link.getAttribute("href"), labs).href.replace(/\.md$/, ending);
    for (const corner of lab.querySelectorAll("th:empty")) corner.replaceWith(document.createElement("td"));
  });
})();
