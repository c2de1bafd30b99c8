/* The theme fetches Mermaid from another host unless window.mermaid exists. This stand-in has the two
   methods that the theme calls, and loads our own copy when the first diagram is drawn. */
(() => {
  const address = new URL("../vendor/mermaid/mermaid.min.js", document.currentScript.src).href;
  let library, options;
  const load = () => library ||= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onerror = () => reject(new Error(`no diagram library at ${address}`));
    script.onload = () => { window.mermaid.initialize(options); resolve(window.mermaid); };
    document.body.append(script);
  });
  window.mermaid = {
    initialize: (given) => { options = given; },
    render: async (...diagram) => (await load()).render(...diagram),
  };
})();
