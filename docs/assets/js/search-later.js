/* Material starts its search with every page: a worker, and the index of the whole course. Here both wait
   until somebody searches, or until an address asks for a search or for its marks. */
(() => {
  const generator = document.querySelector("meta[name=generator]")?.content ?? "";
  if (!generator.includes("mkdocs-material") || location.protocol === "file:") return;
  const wanted = new Promise((resolve) => {
    if (/[?&][hq]=/.test(location.search)) resolve();
    addEventListener("focusin", ({ target }) => { if (target.closest(".md-search")) resolve(); });
  });

  const { open, send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (method, address, ...rest) {
    this.waits = String(address).endsWith("/search_index.json");
    open.call(this, method, address, ...rest);
  };
  XMLHttpRequest.prototype.send = function (...body) {
    if (this.waits) wanted.then(() => send.apply(this, body));
    else send.apply(this, body);
  };

  const Worker = window.Worker;
  window.Worker = class extends EventTarget {
    constructor(address) {
      super();
      this.started = wanted.then(() => {
        const worker = new Worker(address);
        worker.onmessage = ({ data }) => this.dispatchEvent(new MessageEvent("message", { data }));
        return worker;
      });
    }
    postMessage(message) { this.started.then((worker) => worker.postMessage(message)); }
  };
})();
