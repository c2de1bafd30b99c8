/* The storyteller in plain JavaScript: the tokenizer, and the model with every attention map. Names as in
   the package. The page loads the weights with the first figure that needs them; Node's tests load this file
   too and compare it with PyTorch. */
var Storyteller = (() => {
  /* Rows of x times the transpose of w, four rows at a time, so that each weight is fetched once for four. */
  const linear = (x, w, bias, nOutputs) => {
    const nInputs = w.length / nOutputs, nRows = x.length / nInputs, y = new Float32Array(nRows * nOutputs);
    for (let row = 0; row < nRows; row += 4) {
      const a = row * nInputs, b = Math.min(row + 1, nRows - 1) * nInputs;
      const c = Math.min(row + 2, nRows - 1) * nInputs, d = Math.min(row + 3, nRows - 1) * nInputs;
      for (let o = 0, at = 0; o < nOutputs; o++) {
        let p = bias ? bias[o] : 0, q = p, r = p, s = p;
        for (let i = 0; i < nInputs; i++, at++) {
          const weight = w[at];
          p += weight * x[a + i]; q += weight * x[b + i]; r += weight * x[c + i]; s += weight * x[d + i];
        }
        y[row * nOutputs + o] = p;
        if (row + 1 < nRows) y[(row + 1) * nOutputs + o] = q;
        if (row + 2 < nRows) y[(row + 2) * nOutputs + o] = r;
        if (row + 3 < nRows) y[(row + 3) * nOutputs + o] = s;
      }
    }
    return y;
  };

  const rmsNorm = (x, weight, eps) => {
    const width = weight.length, y = new Float32Array(x.length);
    for (let start = 0; start < x.length; start += width) {
      let squares = 0;
      for (let i = 0; i < width; i++) squares += x[start + i] ** 2;
      const scale = 1 / Math.sqrt(squares / width + eps);
      for (let i = 0; i < width; i++) y[start + i] = x[start + i] * scale * weight[i];
    }
    return y;
  };

  /* Rotate each half-split pair of every head by its token's position, in place. */
  const rotate = (x, first, { hidden_size: width, head_dim: size, rope_theta: theta }) => {
    for (let start = 0, position = first; start < x.length; start += width, position++)
      for (let head = start; head < start + width; head += size)
        for (let i = 0; i < size / 2; i++) {
          const angle = position * theta ** (-2 * i / size), cos = Math.cos(angle), sin = Math.sin(angle);
          const one = x[head + i], two = x[head + i + size / 2];
          x[head + i] = one * cos - two * sin;
          x[head + i + size / 2] = two * cos + one * sin;
        }
  };

  const softmax = (scores, temperature = 1) => {
    const largest = scores.reduce((a, b) => Math.max(a, b));
    const weights = scores.map((score) => Math.exp((score - largest) / temperature));
    const sum = weights.reduce((a, b) => a + b);
    return weights.map((weight) => weight / sum);
  };

  /* float16 to float32: a sign, five bits of exponent, ten of fraction. */
  const toFloat = (half) => {
    const sign = half >> 15 ? -1 : 1, exponent = (half >> 10) & 31, fraction = half & 1023;
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
  };

  const readSafetensors = (buffer) => {
    const length = Number(new DataView(buffer).getBigUint64(0, true)), tensors = {};
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
    const floats = Float32Array.from({ length: 65536 }, (_, half) => toFloat(half)); // of every half
    delete header.__metadata__;
    for (const [name, { data_offsets: [from, to] }] of Object.entries(header))
      tensors[name] = Float32Array.from(new Uint16Array(buffer.slice(8 + length + from, 8 + length + to)), (half) => floats[half]);
    return tensors;
  };

  class Storyteller {
    constructor({ config, tokenizer, weights }) {
      this.config = config;
      this.tensors = readSafetensors(weights);
      this.tokenizer = new Tokenizer(tokenizer);
      this.end = config.eos_token_id;
    }

    /* Read more tokens: what the earlier ones left is in `cache`. Attention is by layer, head and token. */
    read(ids, cache = { keys: [], values: [], length: 0 }) {
      const { config, tensors } = this, { hidden_size: width, rms_norm_eps: eps } = config;
      const attention = [];
      let x = new Float32Array(ids.length * width);
      ids.forEach((id, i) => x.set(tensors["model.embed_tokens.weight"].subarray(id * width, (id + 1) * width), i * width));
      for (let layer = 0; layer < config.num_hidden_layers; layer++) {
        const get = (name) => tensors[`model.layers.${layer}.${name}`];
        const project = (name, from, nOutputs = width) => linear(from, get(`${name}_proj.weight`), get(`${name}_proj.bias`), nOutputs);
        const add = (y) => { x = x.map((number, i) => number + y[i]); };
        const norm = rmsNorm(x, get("input_layernorm.weight"), eps);
        const [q, k, v] = ["q", "k", "v"].map((name) => project(`self_attn.${name}`, norm));
        rotate(q, cache.length, config);
        rotate(k, cache.length, config);
        const keys = cache.keys[layer] = [...cache.keys[layer] ?? [], ...rows(k, width)];
        const values = cache.values[layer] = [...cache.values[layer] ?? [], ...rows(v, width)];
        const { maps, output } = attend(q, keys, values, cache.length, config);
        attention.push(maps);
        add(project("self_attn.o", output));
        const inner = rmsNorm(x, get("post_attention_layernorm.weight"), eps), size = config.intermediate_size;
        const gate = project("mlp.gate", inner, size), up = project("mlp.up", inner, size);
        add(project("mlp.down", gate.map((g, i) => g / (1 + Math.exp(-g)) * up[i])));
      }
      cache.length += ids.length;
      const last = rmsNorm(x.subarray(-width), tensors["model.norm.weight"], eps);
      return { logits: linear(last, tensors["lm_head.weight"], null, config.vocab_size), attention, cache };
    }
  }

  const rows = (x, width) => Array.from({ length: x.length / width }, (_, i) => x.subarray(i * width, (i + 1) * width));

  const attend = (q, keys, values, first, { hidden_size: width, head_dim: size, num_attention_heads: nHeads }) => {
    const output = new Float32Array(q.length);
    const maps = Array.from({ length: nHeads }, (_, head) => rows(q, width).map((query, t) => {
      const at = head * size, scores = new Float32Array(first + t + 1); // the causal mask: nothing after t
      for (let s = 0; s < scores.length; s++) {
        let score = 0;
        for (let i = at; i < at + size; i++) score += query[i] * keys[s][i];
        scores[s] = score / Math.sqrt(size);
      }
      const weights = softmax(scores);
      weights.forEach((weight, s) => {
        for (let i = at; i < at + size; i++) output[t * width + i] += weight * values[s][i];
      });
      return weights;
    }));
    return { maps, output };
  };

  /* Byte-level BPE: cut into words, write each byte as one sign, join the pair that was learned first. */
  class Tokenizer {
    constructor({ vocab, merges, pattern }) {
      this.vocab = vocab;
      this.ranks = new Map(merges.map(([a, b], rank) => [`${a} ${b}`, rank]));
      this.pattern = new RegExp(pattern, "gu");
      const printable = (byte) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
      let next = 256;
      this.signs = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
      this.bytes = Object.fromEntries(this.signs.map((sign, byte) => [sign, byte]));
      this.tokens = Object.fromEntries(Object.entries(vocab).map(([token, id]) => [id, token]));
    }

    pieces(word) {
      let parts = Array.from(new TextEncoder().encode(word), (byte) => this.signs[byte]);
      while (parts.length > 1) {
        const rank = (i) => this.ranks.get(`${parts[i]} ${parts[i + 1]}`) ?? Infinity;
        const best = Math.min(...parts.slice(1).map((_, i) => rank(i)));
        if (best === Infinity) break;
        const joined = [];
        for (let i = 0; i < parts.length; i++) joined.push(i + 1 < parts.length && rank(i) === best ? parts[i] + parts[++i] : parts[i]);
        parts = joined;
      }
      return parts;
    }

    encode(text) {
      return (text.match(this.pattern) ?? []).flatMap((word) => this.pieces(word)).map((piece) => this.vocab[piece]);
    }

    decode(ids) {
      const signs = [...ids.map((id) => this.tokens[id]).join("")];
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(signs, (sign) => this.bytes[sign]));
    }
  }

  return Object.assign(Storyteller, { softmax, Tokenizer });
})();
if (typeof module !== "undefined") module.exports = Storyteller;
