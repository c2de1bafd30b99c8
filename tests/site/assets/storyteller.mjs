/* Run the site's storyteller on texts from standard input, and print what it computes. */
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(import.meta.url), [engine, folder] = process.argv.slice(2);
const Storyteller = require(engine);
const [tokenizer, files] = ["tokenizer.js", "files.js"].map((name) => readFileSync(`${folder}/${name}`));
const { told, config, weights } = new Function(`${tokenizer}; ${files}; return { told: storytellerTokenizer, ...storytellerFiles };`)();
const bytes = Uint8Array.from(Buffer.from(weights, "base64"));
const model = new Storyteller({ config, tokenizer: told, weights: bytes.buffer });
const { texts, sequences } = JSON.parse(readFileSync(0));
const ids = texts.map((text) => model.tokenizer.encode(text));
const read = sequences.map((sequence) => {
  const { logits, attention } = model.read(sequence), half = Math.ceil(sequence.length / 2);
  const { cache } = model.read(sequence.slice(0, half));
  const later = model.read(sequence.slice(half), cache);
  return { logits: [...logits], cached: [...later.logits], attention: attention.map((heads) => heads.map((rows) => rows.map((row) => [...row]))) };
});
console.log(JSON.stringify({ ids, decoded: ids.map((each) => model.tokenizer.decode(each)), read }));
