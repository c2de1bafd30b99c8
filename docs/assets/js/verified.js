/* Each page with blocks says when and with what they last ran; each lesson offers its notebook, and each
   exercise its cell there.
   The record is written by the test run (docs/assets/record.js) and may be absent. */
(() => {
  const root = new URL("../..", document.currentScript.src).href;
  const link = (text, href) => Object.assign(document.createElement("a"), { textContent: text, href });

  const sentence = (record, page) => {
    if (!record) return ["Run scripts/test to verify this copy."];
    const { torch, python, date, pages } = record, run = pages[page];
    if (!run) return ["Not verified: its blocks did not all pass in the last recorded run."];
    const blocks = run.blocks === 1 ? "1 block" : `${run.blocks} blocks`, seconds = run.seconds || "less than 0.1";
    const day = Object.assign(document.createElement("time"), { textContent: date });
    return [`${blocks} verified on `, day, ` with torch ${torch} and Python ${python}, in ${seconds} s.`];
  };

  const links = (page) => {
    const file = page.replace("lessons/", "notebooks/") + ".ipynb";
    const repository = document.querySelector(".md-social__link")?.href.match(/github\.com\/([^/]+\/[^/]+)/)?.[1];
    const colab = `https://colab.research.google.com/github/${repository}/blob/gh-pages/${file}`;
    // A browser would show a notebook as JSON, so it saves it.
    return [Object.assign(link("Notebook", root + file), { download: "" }), ...(repository ? [link("Colab", colab)] : [])];
  };

  document$.subscribe(({ body }) => {
    const page = location.href.slice(root.length).replace(/[#?].*/, "").replace(/(\/|\.html)$/, "") || "index";
    const isLesson = page.startsWith("lessons/"), line = document.createElement("p");
    if (!isLesson && !window.courseRecord?.pages[page]) return;
    line.className = "verified";
    if (isLesson) for (const one of links(page)) line.append(one, " · ");
    line.append(...sentence(window.courseRecord, page));
    const colab = line.querySelector("a + a");
    if (colab) for (const { id, parentElement } of body.querySelectorAll(".exercise > h3"))
      parentElement.querySelector(":scope > .highlight:has(+ :not(.highlight))")?.after(link("Write it in Colab", `${colab.href}#scrollTo=${id}`));
    if (isLesson) body.querySelector("h1 + p").after(line);
    else body.querySelector(".md-content__inner").append(line);
  });
})();
