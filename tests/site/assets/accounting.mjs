/* Count the parameters and the memory of shapes from standard input with the site's calculator. */
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const Accounting = createRequire(import.meta.url)(process.argv[2]);
const counted = JSON.parse(readFileSync(0)).map(({ shape, n_tokens, batch_size }) => ({
  mistake: Accounting.mistake(shape),
  ...Accounting.countParameters(shape),
  memory: Object.fromEntries(Object.keys(Accounting.BYTES).map((precision) => [precision, Accounting.inferenceMemory(shape, n_tokens, batch_size, precision)])),
}));
console.log(JSON.stringify({ presets: Accounting.presets, counted }));
