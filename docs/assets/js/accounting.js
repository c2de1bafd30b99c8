/* The package's accounting in JavaScript: parameters by part, and the memory that generation needs. Names as in
   `llm_foundations.accounting`; Node's tests load this file too and compare it with the package. */
var Accounting = (() => {
  const BYTES = { float32: 4, bfloat16: 2, int8: 1, int4: 0.5 };
  const small = { n_positions: 1024, gated: false, biases: "all", tie_embeddings: true }; // GPT-2 of any size
  const llama = { n_positions: 0, gated: true, biases: "none", tie_embeddings: false };
  const shape = (base, vocab_size, d_model, n_layers, n_heads, n_kv_heads, d_ff, own = {}) =>
    ({ ...base, vocab_size, d_model, n_layers, n_heads, n_kv_heads, d_ff, ...own });
  /* The names are those of the facts; a test holds every size to them. */
  const presets = {
    "The storyteller": shape(llama, 1024, 128, 4, 4, 4, 288, { biases: "qkvo" }),
    "GPT-2 small": shape(small, 50257, 768, 12, 12, 12, 3072),
    "GPT-2 XL": shape(small, 50257, 1600, 48, 25, 25, 6400),
    "SmolLM2-135M": shape(llama, 49152, 576, 30, 9, 3, 1536, { tie_embeddings: true }),
    "Llama 3.2 1B": shape(llama, 128256, 2048, 16, 32, 8, 8192, { tie_embeddings: true }),
    "Llama 2 7B": shape(llama, 32000, 4096, 32, 32, 32, 11008),
    "Qwen2.5-7B": shape(llama, 152064, 3584, 28, 28, 4, 18944, { biases: "qkv" }),
    "Llama 3 8B": shape(llama, 128256, 4096, 32, 32, 8, 14336),
    "Llama 3 70B": shape(llama, 128256, 8192, 80, 64, 8, 28672),
    "Llama 3.1 405B": shape(llama, 128256, 16384, 126, 128, 8, 53248),
  };

  /* What is wrong with a shape, in words; nothing if it can be built. */
  const mistake = (a) => {
    const names = { vocab_size: "The vocabulary", d_model: "The hidden size", n_layers: "The number of layers", n_heads: "The number of heads", n_kv_heads: "The number of key-value heads", d_ff: "The intermediate size" };
    for (const [name, words] of Object.entries(names))
      if (!Number.isInteger(a[name]) || a[name] < 1) return `${words} must be a positive whole number.`;
    if (!Number.isInteger(a.n_positions) || a.n_positions < 0) return "Learned positions must be a whole number, 0 for none.";
    if (a.d_model % a.n_heads) return `The hidden size ${a.d_model} is not divisible by ${a.n_heads} heads.`;
    if (a.n_heads % a.n_kv_heads) return `${a.n_heads} heads cannot share ${a.n_kv_heads} key-value heads.`;
    return "";
  };

  /* Parameters by part. GPT-2's biases stand everywhere, in the norms too. */
  const countParameters = (a) => {
    const d = a.d_model, keys = a.n_kv_heads * d / a.n_heads, all = a.biases === "all";
    const biases = { none: 0, qkv: d + 2 * keys, qkvo: 2 * d + 2 * keys, all: 2 * d + 2 * keys }[a.biases];
    const inner = a.gated ? 2 : 1; // the gate is a second matrix into the layer
    const parts = {
      embedding: (a.vocab_size + a.n_positions) * d,
      attention: a.n_layers * (2 * d * d + 2 * d * keys + biases),
      "feed-forward": a.n_layers * ((inner + 1) * d * a.d_ff + (all ? inner * a.d_ff + d : 0)),
      norms: (2 * a.n_layers + 1) * d * (all ? 2 : 1),
      head: a.tie_embeddings ? 0 : a.vocab_size * d,
    };
    return { parts, total: Object.values(parts).reduce((sum, part) => sum + part) };
  };

  const weightBytes = (nParameters, precision) => Math.ceil(nParameters * BYTES[precision]);

  /* The keys and values of all tokens, in every layer. */
  const kvCacheBytes = (a, nTokens, batchSize, precision) =>
    batchSize * weightBytes(a.n_layers * nTokens * 2 * a.n_kv_heads * a.d_model / a.n_heads, precision);

  /* A cache of a quantized model stays in bfloat16. */
  const inferenceMemory = (a, nTokens, batchSize, precision) => {
    const weights = weightBytes(countParameters(a).total, precision);
    const cache = kvCacheBytes(a, nTokens, batchSize, precision === "float32" ? "float32" : "bfloat16");
    return { weights, cache, total: weights + cache };
  };

  return { BYTES, presets, mistake, countParameters, weightBytes, kvCacheBytes, inferenceMemory };
})();
if (typeof module !== "undefined") module.exports = Accounting;
