"""The search of the built site finds what learners type."""

import json
import subprocess
from pathlib import Path

import pytest

ASK = Path(__file__).parent / "search.mjs"
PLACES = {
    "lessons/introduction/primer/": [
        *("softmax", "logits", "nats", "loss", "gradient", "learning rate"),
        *("matrix multiplication", "backpropagation"),
    ],
    "lessons/introduction/primer/#the-logarithm": ["logarithm"],
    "lessons/introduction/primer/#dot-products": ["dot product"],
    "lessons/introduction/primer/#broadcasting": ["broadcasting"],
    "lessons/introduction/what_is_an_llm/": [
        *("what is an llm", "next token", "chatgpt", "generate text"),
    ],
    "lessons/introduction/what_is_an_llm/#temperature": ["temperature"],
    "lessons/text/tokenization/": ["token", "what is a token"],
    "lessons/text/embeddings/": ["embedding"],
    "lessons/layers/attention/": [
        *("attention", "self attention", "query key value", "Q K V", "causal mask"),
        *("padding", "mask", "flash attention", "attention sink", "attention weights"),
        "attention is all you need",
    ],
    "lessons/layers/attention/#why-divide-by-the-square-root": ["why divide by sqrt"],
    "lessons/layers/multi_head_attention/": [
        *("multi head", "multihead attention", "MHA", "GQA", "MQA", "attention head"),
        "grouped query attention",
    ],
    "lessons/layers/positions/": [
        *("rope", "rotary", "alibi", "position", "positional encoding", "sinusoidal"),
    ],
    "lessons/layers/feed_forward/": [
        *("feed forward", "mlp", "ffn", "swiglu", "gelu", "relu"),
    ],
    "lessons/layers/normalization/": ["layernorm", "layer norm", "rmsnorm", "pre norm"],
    "lessons/layers/block/": [
        *("residual", "skip connection", "dropout", "initialization"),
        "transformer block",
    ],
    "lessons/layers/experts/": [
        *("moe", "mixture of experts", "router", "load balancing", "expert"),
    ],
    "lessons/models/encoder_decoder/": [
        *("cross attention", "encoder decoder", "teacher forcing", "transformer"),
    ],
    "lessons/models/llama/": ["llama", "sliding window", "mistral", "MLA"],
    "lessons/models/pretrained/": [
        *("load llama weights", "safetensors", "hugging face", "pickle", "lm head"),
        "from_pretrained",
    ],
    "labs/gpt/": ["gpt"],
    "start/": ["install", "colab", "gpu"],
    "map/": ["map"],
    "notation/": ["notation", "lm_head"],
    "about/storyteller/": ["storyteller"],
    "glossary/#adam": ["adam"],
    "glossary/#beam-search": ["beam search"],
    "glossary/#bert": ["bert"],
    "glossary/#bfloat16": ["bfloat16", "bf16"],
    "glossary/#byte-pair-encoding-bpe": ["bpe", "byte pair encoding"],
    "glossary/#chinchilla": ["chinchilla"],
    "glossary/#context-length-context-window": ["context window"],
    "glossary/#cross-entropy": ["cross entropy"],
    "glossary/#dtype-number-format": ["dtype"],
    "glossary/#fine-tuning": ["fine tuning"],
    "glossary/#float16": ["float16", "fp16"],
    "glossary/#flop": ["flops"],
    "glossary/#hallucination": ["hallucination"],
    "glossary/#hidden-size": ["d_model"],
    "glossary/#key-value-cache-kv-cache": ["kv cache"],
    "glossary/#lora-low-rank-adapter": ["lora"],
    "glossary/#overfitting": ["overfitting"],
    "glossary/#perplexity": ["perplexity"],
    "glossary/#prompt-injection": ["prompt injection"],
    "glossary/#quantization": ["quantization"],
    "glossary/#reinforcement-learning-from-human-feedback-rlhf": ["rlhf"],
    "glossary/#sampling": ["sampling"],
    "glossary/#scaling-law": ["scaling laws"],
    "glossary/#skip-gram": ["word2vec"],
    "glossary/#special-token": ["bos token"],
    "glossary/#tokenizer": ["tokenizer"],
    "glossary/#top-k": ["top k"],
    "glossary/#top-p-nucleus-sampling": ["top p", "nucleus sampling"],
    "glossary/#vocabulary": ["vocabulary"],
    # Who types a name of the package wants its documentation.
    "reference/layers/#llm_foundations.layers.masks.causal_mask": ["causal_mask"],
    "reference/layers/#llm_foundations.layers.cache.KVCache": ["KVCache"],
    "reference/models/#llm_foundations.models.pretrained.load_pretrained": [
        "load_pretrained",
    ],
    "reference/models/#llm_foundations.models.llama.LlamaConfig": ["rope_scaling"],
}
"""Where each query must lead: to a page, or to the section that is shown of it."""
QUERIES = [query for queries in PLACES.values() for query in queries]


def ask(queries, site, node):
    """The pages found for each query, each with the sections that are shown."""
    done = subprocess.run(
        [node, ASK, site], input=json.dumps(queries), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def found(site, node):
    return ask(QUERIES, site, node)


def rank(place, pages):
    """At which page a place stands, from 1; 0 where it is not shown."""
    for at, shown in enumerate(pages, 1):
        if place in shown or place == shown[0].partition("#")[0]:
            return at
    return 0


def test_each_query_leads_to_its_page(found):
    bad = {
        query: (place, [shown[0] for shown in found[query][:3]])
        for place, queries in PLACES.items()
        for query in queries
        if rank(place, found[query]) not in (1, 2)
    }
    assert bad == {}


def test_three_in_four_lead_there_first(found):
    ranks = [rank(place, found[q]) for place, qs in PLACES.items() for q in qs]
    assert ranks.count(1) >= 0.75 * len(QUERIES)


def test_exercises_are_those_of_lessons(site, node):
    pages = ask(["exercise"], site, node)["exercise"]
    assert all(shown[0].startswith(("lessons/", "labs/")) for shown in pages[:5])
    assert pages[0][0].endswith("/#exercises")


def test_a_term_of_a_planned_lesson_says_so(site):
    index = json.loads((site / "search" / "search_index.json").read_text())
    texts = {entry["location"]: entry["text"] for entry in index["docs"]}
    text = texts["glossary/#lora-low-rank-adapter"]
    assert text.startswith("<p>Training two thin matrices")
    assert text.endswith("planned</p>")


def test_attributes_are_no_results(site):
    index = json.loads((site / "search" / "search_index.json").read_text())
    names = {entry["location"].rpartition(".")[2] for entry in index["docs"]}
    assert "LlamaConfig" in names
    assert not names & {"rope_scaling", "n_kv_heads", "logits"}


def test_the_tags_of_a_lesson_are_not_shown(address, reader):
    page = reader(viewport={"width": 1280, "height": 800}).read(address)
    page.keyboard.press("/")
    page.keyboard.type("rope")
    first = page.locator(".md-search-result__link").first
    first.wait_for()
    assert "lessons/layers/positions/" in first.get_attribute("href")
    assert page.locator(".md-search-result .md-tag:visible").count() == 0
