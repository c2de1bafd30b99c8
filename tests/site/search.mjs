/* Ask the search of the built site: its own worker, with its own index, outside a browser.
   node search.mjs SITE < queries.json, a list of strings; prints for each what is shown, page by page. */
import { readdirSync, readFileSync } from "node:fs";
import vm from "node:vm";

const [site] = process.argv.slice(2);
const folder = `${site}/assets/javascripts/workers`;
const worker = readdirSync(folder).find((name) => name.endsWith(".js"));
const waiting = [];
const scope = {
  console,
  addEventListener: (_, listener) => { scope.listener = listener; },
  postMessage: (message) => waiting.shift()(message),
};
scope.self = scope;
vm.runInNewContext(readFileSync(`${folder}/${worker}`, "utf8"), scope);

const ask = (type, data) => new Promise((resolve) => {
  waiting.push(resolve);
  scope.listener({ data: { type, data } });
});

const [SETUP, QUERY] = [0, 2]; // the types of the theme's messages
const index = JSON.parse(readFileSync(`${site}/search/search_index.json`, "utf8"));
await ask(SETUP, { ...index, options: { suggest: true } });
/* What the theme shows of a page, the rest being folded: the sections with the highest score. */
const shown = (page) => page.filter(({ score }) => score === page[0].score).map(({ location }) => location);
const answers = {};
for (const query of JSON.parse(readFileSync(0, "utf8"))) {
  const { data } = await ask(QUERY, query);
  answers[query] = data.items.map(shown);
}
console.log(JSON.stringify(answers));
