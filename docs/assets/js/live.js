/* Fetch the script of each live figure with the first page that has one. */
(() => {
  const names = ["attention-explorer", "softmax-temperature", "rope-dial"], here = document.currentScript.src;
  document$.subscribe(({ body }) => {
    for (const name of names)
      if (body.querySelector(name) && !customElements.get(name) && !body.querySelector(`script[src$="/${name}.js"]`))
        body.append(Object.assign(document.createElement("script"), { src: new URL(`${name}.js`, here).href }));
  });
})();
