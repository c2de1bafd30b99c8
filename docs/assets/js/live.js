/* Fetch the script of each live figure, and the style of all, with the first page that has one. */
(() => {
  const names = ["attention-explorer", "softmax-temperature", "rope-dial"], here = document.currentScript.src;
  document$.subscribe(({ body }) => {
    if (body.querySelector(names) && !body.querySelector("link[href$='/live.css']"))
      body.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL("../css/live.css", here).href }));
    for (const name of names)
      if (body.querySelector(name) && !customElements.get(name) && !body.querySelector(`script[src$="/${name}.js"]`))
        body.append(Object.assign(document.createElement("script"), { src: new URL(`${name}.js`, here).href }));
  });
})();
