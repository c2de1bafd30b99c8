/* The folded sources of the reference come as plain text. Colour one when it is opened. */
(() => {
  const words = "and as assert break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield True False None";
  const tokens = new RegExp([
    "(#.*)",
    "([rbfRBF]{0,2}(?:\"\"\"[^]*?\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])*'))",
    "\\b((?:def|class) +)(\\w+)",
    `\\b(${words.split(" ").join("|")})\\b`,
    "\\b(\\d[\\w.]*)",
  ].join("|"), "g");
  const span = (kind, text) => (text ? `<span class="${kind}">${text}</span>` : "");
  const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  const colour = (_, comment, string, def, name, word, number) =>
    span("c1", comment) + span("s", string) + span("k", def) + span("nf", name) + span("k", word) + span("mi", number);
  addEventListener("toggle", ({ target }) => {
    const code = target.matches(".mkdocstrings-source:not([data-coloured])") && target.querySelector("pre > code");
    if (!code) return;
    code.innerHTML = escape(code.textContent).replace(tokens, colour);
    target.dataset.coloured = "";
  }, true);
})();
