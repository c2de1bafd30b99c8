/* The way through the site, as far as the theme does not know it: previous and next stay inside the course,
   each page says where its mistakes are reported, and a missing page leads on. */
(() => {
  const root = new URL("../..", document.currentScript.src).href;
  const address = (page) => root + page + (location.protocol === "file:" ? ".html" : "/");
  const pageOf = (href) => href.replace(/[?#].*/, "").replace(root, "").replace(/(^|\/)(index\.html)?$|\.html$/, "") || "index";
  const link = (textContent, href) => Object.assign(document.createElement("a"), { textContent, href });

  // Whoever has finished the last lesson is not led into the labs, nor from a lab into the reference.
  const part = (page) => (/^(index|start|map|lessons\/.*)$/.test(page) ? "course" : page.split("/")[0]);
  const apart = (one, other) => one !== other && ["course", "labs", "reference"].some((name) => name === one || name === other);
  const keepInside = (body, page) => {
    for (const step of body.querySelectorAll(".md-footer__link")) {
      if (!apart(part(page), part(pageOf(step.href)))) continue;
      if (!page.startsWith("lessons/")) {
        step.remove();
        continue;
      }
      step.href = address("map");
      step.ariaLabel = "Next: Course map";
      step.querySelector(".md-footer__title > .md-ellipsis").textContent = "Course map";
    }
    const steps = body.querySelector(".md-footer__inner");
    if (steps && !steps.querySelector("a")) steps.remove();
  };

  // What a page is written in: most are Markdown, a lab is a program, the reference comes from the package.
  const source = (page) => {
    if (page.startsWith("labs/")) return `edit/main/docs/${page}.py`;
    const [, topic] = page.match(/^reference\/(.+)/) ?? [];
    if (topic && topic !== "index") return `tree/main/src/llm_foundations/${topic === "package" ? "" : topic}`;
    return `edit/main/docs/${page === "reference" ? "reference/index" : page}.md`;
  };
  const addReport = (body, page) => {
    // mkdocs.yml has no repo_url: with it, the theme would ask GitHub for stars at each visit.
    const repository = body.querySelector(".md-social__link")?.href;
    if (!repository?.startsWith("https://github.com/")) return;
    const issue = new URLSearchParams({
      title: `${document.title.split(" - ")[0]}: `,
      body: `Page: ${page}\n\nWhat I did:\n\nWhat I saw:\n`,
    });
    const line = document.createElement("p"), file = source(page);
    line.className = "report";
    line.append("Is something wrong or unclear? ", link("Report a mistake", `${repository}/issues/new?${issue}`), " or ");
    line.append(link(file.startsWith("edit") ? "edit this page" : "see the source", `${repository}/${file}`), ".");
    body.querySelector(".md-content__inner").append(line);
  };

  const isMissing = (body) => /^404\b/.test(body.querySelector(".md-content__inner > h1:only-child")?.textContent ?? "");
  const leadOn = (body) => {
    const title = body.querySelector(".md-content__inner > h1"), words = document.createElement("p"), button = document.createElement("button");
    title.textContent = "This page does not exist";
    button.textContent = "Search the course";
    button.type = "button";
    button.className = "action";
    button.onclick = () => body.querySelector("[data-md-toggle=search], .md-search__button").click();
    words.append("Perhaps it has moved, or its lesson is not written yet: ", link("the course map", address("map")), " names every lesson.");
    title.after(words, button);
  };

  document$.subscribe(({ body }) => {
    body.querySelector(".md-path")?.setAttribute("aria-label", "Breadcrumbs");
    if (isMissing(body)) return leadOn(body);
    const page = pageOf(location.href);
    keepInside(body, page);
    addReport(body, page);
  });
})();
