/* What the converter of notebooks leaves undone in labs: links to other pages, corners of tables. */
(() => {
  const labs = new URL("../../labs/", document.currentScript.src).href;
  const ending = location.protocol === "file:" ? ".html" : "/";
  document$.subscribe(({ body }) => {
    for (const link of body.querySelectorAll(".jupyter-wrapper a[href$='.md']"))
      link.href = new URL(link.getAttribute("href"), labs).href.replace(/\.md$/, ending);
    for (const corner of body.querySelectorAll(".dataframe th:empty"))
      corner.replaceWith(document.createElement("td"));
  });
})();
