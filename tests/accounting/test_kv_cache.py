import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, T5ForConditionalGeneration

from llm_foundations.accounting.architecture import Architecture, LatentAttention
from llm_foundations.accounting.huggingface import architecture_from_config
from llm_foundations.accounting.kv_cache import kv_cache_bytes, weight_bytes
from llm_foundations.accounting.ledger import architecture_of
from llm_foundations.facts import find_model
from tests.accounting.tiny import CONFIGS

SIZES = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_attention_heads": 4,
    "num_hidden_layers": 4,
    "vocab_size": 60,
    "pad_token_id": None,
    "bos_token_id": None,
    "eos_token_id": None,
}


def held(cache) -> int:
    """The bytes that a cache of Transformers really holds."""
    return sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)


DECODERS = sorted(
    kind
    for kind, content in CONFIGS.items()
    if architecture_from_config({**content, "model_type": kind}).family == "decoder"
    and kind != "openai-gpt"  # which keeps no cache in Transformers
)


@pytest.mark.parametrize("kind", DECODERS)
def test_the_cache_of_each_type_is_what_transformers_holds(kind: str) -> None:
    content = {**CONFIGS[kind], "model_type": kind}
    config = AutoConfig.for_model(**content)
    model = AutoModelForCausalLM.from_config(config)
    out = model(torch.zeros(2, 5, dtype=torch.long), use_cache=True)
    shape = architecture_from_config(content)
    assert kv_cache_bytes(shape, 5, 2, "float32") == held(out.past_key_values)


def test_a_window_keeps_no_more_than_the_window() -> None:
    changes = {**SIZES, "num_key_value_heads": 2, "head_dim": 8, "sliding_window": 8}
    config = AutoConfig.for_model("gemma2", **changes)
    model = AutoModelForCausalLM.from_config(config)
    shape = architecture_from_config(config.to_dict())
    cache = None
    for n in range(1, 13):
        ids = torch.zeros(1, 1, dtype=torch.long)
        cache = model(ids, past_key_values=cache, use_cache=True).past_key_values
        # To write token n, Transformers needs no more than the 7 before it.
        kept = kv_cache_bytes(shape, n, precision="float32")
        dropped = 2 * 2 * 2 * 8 * 4 if n >= 8 else 0  # layers, k and v, heads, ...
        assert held(cache) == kept - dropped


def test_an_encoder_decoder_also_keeps_the_source() -> None:
    sizes = {"d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 2, "num_heads": 4}
    config = AutoConfig.for_model("t5", **sizes, vocab_size=60)
    model = T5ForConditionalGeneration(config)
    source, target = (torch.zeros(2, n, dtype=torch.long) for n in (7, 5))
    out = model(input_ids=source, decoder_input_ids=target, use_cache=True)
    cache = out.past_key_values
    real = held(cache.self_attention_cache) + held(cache.cross_attention_cache)
    shape = architecture_from_config(config.to_dict())
    assert kv_cache_bytes(shape, 5, 2, "float32", n_source=7) == real


def test_latent_attention_keeps_one_vector() -> None:
    deepseek = architecture_of(find_model("DeepSeek-V3"))
    assert kv_cache_bytes(deepseek, 1) == 61 * (512 + 64) * 2
    latent = LatentAttention(q_rank=None, kv_rank=3, d_nope=2, d_rope=1, d_value=2)
    sizes = {"vocab_size": 9, "d_model": 4, "n_layers": 2, "n_heads": 2, "d_ff": 8}
    assert kv_cache_bytes(Architecture(**sizes, latent=latent), 5) == 2 * 5 * 4 * 2


def test_windows_bound_the_cache_of_published_models() -> None:
    mistral = architecture_of(find_model("Mistral 7B"))
    assert kv_cache_bytes(mistral, 32_768) == kv_cache_bytes(mistral, 4096)
    gemma = architecture_of(find_model("Gemma 2 9B"))
    per_layer = 2 * 8 * 256 * 2
    assert kv_cache_bytes(gemma, 8192) == per_layer * 21 * (8192 + 4096)


def test_groups_divide_the_cache() -> None:
    llama_2 = kv_cache_bytes(architecture_of(find_model("Llama 2 70B")), 4096)
    assert llama_2 == 2 * 80 * 8 * 128 * 4096 * 2
    assert weight_bytes(8 * llama_2) == 16 * llama_2


@pytest.mark.parametrize(
    ("precision", "expected"),
    [("float32", 12), ("bfloat16", 6), ("int8", 3), ("int4", 2)],
)
def test_numbers_have_their_width(precision: str, expected: int) -> None:
    assert weight_bytes(3, precision) == expected


def test_mistakes_are_named() -> None:
    llama = architecture_of(find_model("Llama 3 8B"))
    with pytest.raises(ValueError, match="n_tokens must be positive, got 0"):
        kv_cache_bytes(llama, 0)
    with pytest.raises(ValueError, match="batch_size must be positive, got -1"):
        kv_cache_bytes(llama, 1, batch_size=-1)
    with pytest.raises(ValueError, match="n_source must not be negative, got -1"):
        kv_cache_bytes(llama, 1, n_source=-1)
    with pytest.raises(ValueError, match="precision 'fp7' is none of float32"):
        kv_cache_bytes(llama, 1, precision="fp7")
    with pytest.raises(ValueError, match="an encoder keeps no cache"):
        kv_cache_bytes(architecture_of(find_model("BERT-base")), 1)
    with pytest.raises(ValueError, match="n_parameters must not be negative, got -5"):
        weight_bytes(-5)
