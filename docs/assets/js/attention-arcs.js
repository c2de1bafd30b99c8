/* The second view of the attention explorer: an arc from the token that looks to each token it looks at, as
   thick as the weight. The text may stand on several lines. */
var attentionArcs = (() => {
  const SVG = "http://www.w3.org/2000/svg", LEAST = 0.01;
  const place = (mark, box) => {
    const { left, width, top, bottom } = mark.getClientRects()[0];
    return { x: left + width / 2 - box.left, top: top - box.top, bottom: bottom - box.top };
  };
  const path = (from, to) => {
    const start = `M${from.x} ${from.top}`;
    if (from === to) return `M${from.x - 3} ${from.top} c-12 -18 18 -18 6 0`; // to itself: a loop
    if (to.bottom < from.top) return `${start} C${from.x} ${from.top - 20} ${to.x} ${to.bottom + 20} ${to.x} ${to.bottom}`; // to a line above
    const height = 10 + Math.min(Math.abs(from.x - to.x) / 8, 14); // stays between two lines
    return `${start} C${from.x} ${from.top - height} ${to.x} ${to.top - height} ${to.x} ${to.top}`;
  };
  return (isShown, tokens, marks, weights, from) => {
    tokens.querySelector("svg")?.remove();
    tokens.classList.toggle("arcs", isShown); // first: it moves the lines apart
    if (!isShown) return;
    const svg = document.createElementNS(SVG, "svg"), frame = tokens.getBoundingClientRect();
    const box = { left: frame.left + tokens.clientLeft, top: frame.top + tokens.clientTop };
    const places = marks.map((mark) => place(mark, box));
    svg.setAttribute("aria-hidden", true); // the sentence below says the same
    weights.forEach((weight, i) => {
      if (weight < LEAST) return;
      const arc = document.createElementNS(SVG, "path");
      arc.setAttribute("d", path(places[from], places[i]));
      arc.style.setProperty("--w", weight);
      svg.append(arc);
    });
    tokens.append(svg);
  };
})();
