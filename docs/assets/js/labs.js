/* What the converter of notebooks leaves undone in labs: links to other pages, corners of tables. */
(() => {
  const root = new URL("../../", document.currentScript.src).href;
  const ending = location.protocol === "file:" ? ".html" : "/";
  document$.subscribe(({ body }) => {
    for (const link of body.querySelectorAll(".jupyter-wrapper a[href*='.md']")) {
      // A lab stands one folder deeper in the site than its source does.
      const [, page, anchor] = link.href.replace(root, "").match(/^(?:labs\/)?([^#]+)\.md(#.*)?$/) || [];
      if (page) link.href = root + page + ending + (anchor || "");
    }
    for (const corner of body.querySelectorAll(".dataframe th:empty"))
      corner.replaceWith(document.createElement("td"));
  });
})();
