/* What was read and which exercises are solved. One list of names, kept in this browser and nowhere else:
   "layers/attention" is a lesson that was read, "layers/attention#1-two-questions-at-once" an exercise. */
(() => {
  const KEY = "llm-foundations-ticks";
  const root = new URL("../..", document.currentScript.src).href;
  let ticks = new Set();

  const load = () => {
    // Storage may be forbidden, or hold what is not ours: then ticks last as long as the page.
    try { ticks = new Set(JSON.parse(localStorage.getItem(KEY) ?? "[]")); } catch { /* as above */ }
  };
  const save = () => {
    try { localStorage.setItem(KEY, JSON.stringify([...ticks])); } catch { /* as above */ }
    draw();
  };
  const toggle = (name) => {
    load(); // another tab may have added to it
    if (!ticks.delete(name)) ticks.add(name);
    save();
  };

  // The name of the lesson at an address. An address with an anchor leads to a part of a lesson, which has no tick.
  const lesson = (href) => href.replace(root, "").match(/^lessons\/(\w+\/\w+)(?:\/|\.html)$/)?.[1];
  const here = () => lesson(location.href.replace(/[?#].*/, ""));
  const make = (tag, set) => Object.assign(document.createElement(tag), set);
  const count = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;

  const links = () => document.querySelectorAll(".md-nav--primary .md-nav__item:not(.md-nav__item--nested) > a.md-nav__link, .overview li li > a");
  const drawLinks = () => {
    for (const link of links()) {
      const old = link.querySelector(".tick"), read = ticks.has(lesson(link.href));
      if (read && !old) link.append(make("span", { className: "tick", role: "img", ariaLabel: "read" }));
      if (!read) old?.remove();
    }
  };
  const drawLesson = () => {
    const boxes = [...document.querySelectorAll(".solved input")], read = ticks.has(here());
    for (const box of boxes) box.checked = ticks.has(box.dataset.name);
    const [button, said] = document.querySelectorAll(".read > *");
    if (!button) return;
    const solved = boxes.filter((box) => box.checked).length;
    button.textContent = read ? "Mark as unread" : "Mark as read";
    said.textContent = `${read ? "You have read this lesson and" : "You have"} solved ${solved} of ${count(boxes.length, "exercise")}.`;
  };
  const drawMap = () => {
    const [said, button] = document.querySelectorAll(".overview + p > :is(span, button)");
    if (!said) return;
    const known = [...document.querySelectorAll(".overview li li > a")].map((link) => lesson(link.href)).filter(Boolean);
    const read = known.filter((name) => ticks.has(name)).length;
    const solved = [...ticks].filter((name) => name.includes("#")).length;
    said.textContent = ticks.size ? `You have read ${read} of ${count(known.length, "lesson")} and solved ${count(solved, "exercise")}.` : "";
    button.hidden = !ticks.size;
  };
  const draw = () => { drawLinks(); drawLesson(); drawMap(); };

  const addBoxes = (body) => {
    for (const title of body.querySelectorAll(".exercise > h3")) {
      const text = title.firstChild.textContent.trim(), label = make("label", { className: "solved" });
      const box = make("input", { type: "checkbox", ariaLabel: `Solved: ${text}` });
      box.dataset.name = `${here()}#${title.id}`;
      box.onchange = () => toggle(box.dataset.name);
      label.append(box, "Solved");
      title.after(label);
    }
  };
  const addButton = (body) => {
    const line = make("p", { className: "read" }), button = make("button", { type: "button", className: "action" });
    button.onclick = () => toggle(here());
    line.append(button, make("span", { role: "status" }));
    body.querySelector("#deeper, #references")?.before(line);
  };
  const addForget = (body) => {
    const button = make("button", { type: "button", className: "action", textContent: "Forget all ticks" });
    button.onclick = () => {
      if (!confirm("Forget which lessons you have read and which exercises you have solved?")) return;
      ticks.clear();
      save();
    };
    body.querySelector(".overview + p")?.append(" ", make("span", { role: "status" }), " ", button);
  };

  addEventListener("storage", () => { load(); draw(); });
  document$.subscribe(({ body }) => {
    load();
    if (here()) {
      addBoxes(body);
      addButton(body);
    }
    addForget(body);
    draw();
  });
})();
