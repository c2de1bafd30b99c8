// Read Mermaid diagrams as a JSON list from standard input; for each, write how many
// nodes the real Mermaid finds in it, or the error that it gives.
import DOMPurify from "dompurify";
import { text } from "node:stream/consumers";

// Without a browser there is nothing to sanitize, and DOMPurify lacks these two.
Object.assign(DOMPurify, { addHook() {}, sanitize: (label) => label });
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false });

async function read(source) {
  try {
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(source);
    const nodes = db.getData?.().nodes.filter((node) => !node.isGroup);
    return { nodes: nodes?.length ?? db.getActors?.().size ?? 0 };
  } catch (error) {
    return { error: error.message };
  }
}

const found = [];
for (const source of JSON.parse(await text(process.stdin))) found.push(await read(source));
console.log(JSON.stringify(found));
