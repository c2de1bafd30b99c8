/* Draw one Mermaid flowchart, and write it again as a small SVG. Words stay words; colors and the typeface are those of
   the page around it, or those of a light page where the picture stands alone. Called in a browser that has Mermaid. */
async (source, name) => {
  const SIZE = 14, LINE = 18;
  const short = (number) => String(Math.round(number * 10) / 10);
  const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
  const all = (selector) => [...document.querySelectorAll(selector)];
  const place = (element) => element.getAttribute("transform").match(/-?[\d.]+/g).map(Number);
  const rows = (element) =>
    [...element.querySelectorAll(".text-outer-tspan")].map((row) => row.textContent.trim()).filter(Boolean);
  const words = (element) => rows(element).map((row, i, { length }) => {
    const [x, y] = place(element), middle = y + LINE * (i - (length - 1) / 2);
    return `  <text x="${short(x)}" y="${short(middle + 0.35 * SIZE)}">${escape(row)}</text>`;
  });
  const line = (link) => {
    const path = link.getAttribute("d").replace(/-?\d*\.\d+/g, short), dotted = link.matches(".edge-pattern-dotted");
    return `  <path d="${path}"${dotted ? ' stroke-dasharray="3 3"' : ""} marker-end="url(#arrow-${name})"/>`;
  };
  const shape = (node) => {
    const drawn = node.querySelector(".label-container"), [x, y] = place(node), { width, height } = drawn.getBBox();
    if (drawn.matches("circle")) return `  <circle cx="${short(x)}" cy="${short(y)}" r="${short(width / 2)}"/>`;
    const corner = `x="${short(x - width / 2)}" y="${short(y - height / 2)}"`;
    const round = drawn.matches("rect") ? 3 : short(height / 2);
    return `  <rect ${corner} width="${short(width)}" height="${short(height)}" rx="${round}"/>`;
  };

  mermaid.initialize({
    startOnLoad: false, htmlLabels: false, fontFamily: "Public Sans", themeVariables: { fontSize: `${SIZE}px` },
    flowchart: { padding: 11, nodeSpacing: 30, rankSpacing: 36, diagramPadding: 2, wrappingWidth: 260 },
  });
  await document.fonts.load(`${SIZE}px "Public Sans"`);
  const { svg, diagramType } = await mermaid.render("drawing", source);
  if (!diagramType.startsWith("flowchart")) throw new Error(`this is a ${diagramType}: only flowcharts are drawn`);
  document.body.innerHTML = svg;

  const nodes = all("g.node"), labels = all("g.edgeLabel[transform]"), titles = nodes.map((node) => rows(node).join(" "));
  const box = document.querySelector("svg").getAttribute("viewBox").split(" ").map(Math.ceil), [width, height] = box.slice(2);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box.join(" ")}" width="${width}" height="${height}"`,
    `  style="min-width: ${short(0.7 * width)}px" role="img" aria-label="${escape(`Diagram, from ${titles[0]} to ${titles.at(-1)}`)}">`,
    `<marker id="arrow-${name}" viewBox="0 0 10 10" refX="5" refY="5" markerUnits="userSpaceOnUse" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 10 5 0 10z" fill="var(--muted, #5c6067)"/></marker>`,
    '<g fill="none" stroke="var(--muted, #5c6067)">', ...all(".flowchart-link").map(line), "</g>",
    '<g fill="var(--wash, #f3f1e9)" stroke="var(--muted, #5c6067)">', ...nodes.map(shape), "</g>",
    `<g fill="var(--ink, #23252b)" font-family="var(--sans, system-ui, sans-serif)" font-size="${SIZE}" text-anchor="middle">`,
    ...nodes.flatMap(words), "</g>",
    // A label lies on its line: a broad edge in the color of the page keeps them apart.
    ...(labels.length ? [
      `<g fill="var(--muted, #5c6067)" stroke="var(--paper, #fffefb)" stroke-width="6" paint-order="stroke" font-family="var(--sans, system-ui, sans-serif)" font-size="${SIZE - 1}" text-anchor="middle">`,
      ...labels.flatMap(words), "</g>",
    ] : []),
    "</svg>",
  ].join("\n");
}
