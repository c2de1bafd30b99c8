/* Fetch the scripts and the styles of each live figure with the first page that has one. What stands deep in
   a page waits until the reader comes near. */
(() => {
  const here = document.currentScript.src, address = (name) => new URL(name, here).href;
  const scripts = {
    "attention-explorer": ["attention-explorer.js"],
    "softmax-temperature": ["softmax-temperature.js"],
    "rope-dial": ["rope-dial.js"],
  };
  const later = {
    "#check-yourself": ["own-answers.js"],
    "guess-first": ["guess-first.js"],
    "tokenizer-playground": ["storyteller.js", "../storyteller/tokenizer.js", "tokenizer-playground.js"],
    "model-calculator": ["accounting.js", "model-calculator.js"],
  };
  const add = (tag, properties) => document.body.append(Object.assign(document.createElement(tag), properties));
  const fetched = new Set();
  const need = (names, ...styles) => {
    for (const style of styles) // a new page may have lost them
      if (!document.body.querySelector(`link[href$="/${style}"]`)) add("link", { rel: "stylesheet", href: address(`../css/${style}`) });
    for (const src of names.map(address).filter((src) => !fetched.has(src))) {
      fetched.add(src);
      add("script", { src, async: false }); // in this order
    }
  };
  const near = new IntersectionObserver((seen) => {
    for (const { target } of seen.filter((entry) => entry.isIntersecting)) {
      near.unobserve(target);
      need(later[Object.keys(later).find((name) => target.matches(name))], "live.css", "later.css");
    }
  }, { rootMargin: "100%" });

  document$.subscribe(({ body }) => {
    for (const name in scripts) if (body.querySelector(name)) need(scripts[name], "live.css");
    for (const el of body.querySelectorAll(Object.keys(later))) near.observe(el);
  });
})();
