/* The theme fetches Mermaid from another host unless window.mermaid exists. This stand-in has the two
   methods that the theme calls, and loads our own copy when the first diagram is drawn. */
(() => {
  const address = new URL("../vendor/mermaid/mermaid.min.js", document.currentScript.src).href;
  let library, options;
  const load = () => library ||= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onerror = () => {
      document.documentElement.dataset.lacks = "libraries";
      reject(new Error(`no diagram library at ${address}`));
    };
    script.onload = () => { window.mermaid.initialize(options); resolve(window.mermaid); };
    document.body.append(script);
  });

  /* On a phone a wide diagram keeps 7/10 of its size and scrolls, so that its text stays legible. */
  const legible = (svg) => svg.replace(/max-width: ([\d.]+)px;/, (all, width) => `${all} min-width: ${0.7 * width}px;`);
  const scrollable = () => {
    for (const diagram of document.querySelectorAll("div.mermaid"))
      if (diagram.scrollWidth > diagram.clientWidth) diagram.tabIndex = 0;
  };

  window.mermaid = {
    initialize: (given) => { options = given; },
    render: async (...diagram) => {
      const drawn = await (await load()).render(...diagram);
      setTimeout(scrollable, 100);
      return { ...drawn, svg: legible(drawn.svg) };
    },
  };
})();
