/* Put in the place of each diagram's source the picture that scripts/outputs drew of it, under a name that is a hash of
   the source. Where there is none yet, the source stays, as without scripts. */
(() => {
  const folder = new URL("../figures/diagrams/", document.currentScript.src).href;
  // FNV-1a, as in scripts/tools/diagrams.py.
  const hash = (text) => {
    const mixed = new TextEncoder().encode(text).reduce((value, byte) => Math.imul(value ^ byte, 0x01000193), 0x811c9dc5);
    return (mixed >>> 0).toString(16).padStart(8, "0");
  };
  const written = async (address) => {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${answer.status}: ${address}`);
    return answer.text();
  };
  // A page that was opened as a file may not read another file, but may show it.
  const shown = (address) => `<img src="${address}" alt="Diagram, said in words below">`;
  const draw = async (source) => {
    const address = `${folder}${hash(source.textContent.trim())}.svg`, picture = document.createElement("div");
    picture.className = "diagram";
    picture.innerHTML = location.protocol === "file:" ? shown(address) : await written(address);
    source.replaceWith(picture);
    mark(picture);  // of page.js
  };
  document$.subscribe(({ body }) => body.querySelectorAll("pre.diagram").forEach((source) => draw(source).catch(() => {})));
})();
