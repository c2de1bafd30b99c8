/* What the converter of notebooks leaves undone in labs: links to other pages, corners of tables. */
(() => {
  const labs = new URL("../../labs/", document.currentScript.src).href;
  const ending = location.protocol === "file:" ? ".html" : "/";
  const source = /^(?!\w+:)([^#]+)\.md(#.*)?$/; // a page of ours, by the name of its source
  document$.subscribe(({ body }) => {
    for (const link of body.querySelectorAll(".jupyter-wrapper a[href]")) {
      const [, page, anchor = ""] = link.getAttribute("href").match(source) || [];
      if (page) link.href = new URL(page, labs).href + ending + anchor;
    }
    for (const corner of body.querySelectorAll(".dataframe th:empty"))
      corner.replaceWith(document.createElement("td"));
  });
})();
