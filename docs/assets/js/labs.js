/* What the converter of notebooks leaves undone in labs: links to other pages, corners of tables, cells that are folded. */
(() => {
  const root = new URL("../../", document.currentScript.src).href;
  const ending = location.protocol === "file:" ? ".html" : "/";
  document$.subscribe(({ body }) => {
    for (const link of body.querySelectorAll(".jupyter-wrapper a[href*='.md']")) {
      // A lab stands one folder deeper in the site than its source does.
      const [, page, anchor] = link.href.replace(root, "").match(/^(?:labs\/)?([^#]+)\.md(#.*)?$/) || [];
      if (page) link.href = root + page + ending + (anchor || "");
    }
    for (const link of body.querySelectorAll(".jupyter-wrapper .anchor-link")) link.textContent = "#";
    for (const corner of body.querySelectorAll(".dataframe th:empty"))
      corner.replaceWith(document.createElement("td"));
    for (const code of body.querySelectorAll(".celltag_fold .jp-Cell-inputWrapper")) {
      const fold = document.createElement("details");
      fold.innerHTML = "<summary>Show the code</summary>";
      code.replaceWith(fold);
      fold.append(code);
    }
  });
})();
