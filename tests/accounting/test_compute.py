import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    BartForConditionalGeneration,
    T5ForConditionalGeneration,
)

from llm_foundations.accounting.architecture import Architecture
from llm_foundations.accounting.compute import (
    backward_flops,
    forward_flops,
    training_flops,
    utilization,
)
from llm_foundations.accounting.huggingface import architecture_from_config
from llm_foundations.accounting.ledger import architecture_of
from llm_foundations.accounting.parameters import count_parameters
from llm_foundations.facts import find_model

BATCH, N_TOKENS, N_SOURCE = 2, 16, 24
SIZES = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "vocab_size": 60,
    "pad_token_id": None,
    "bos_token_id": None,
    "eos_token_id": None,
}
GROUPED = {**SIZES, "num_key_value_heads": 2}
GPT2 = {"n_embd": 32, "n_layer": 2, "n_head": 4, "vocab_size": 60}
T5 = {"d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 2, "num_heads": 4}
LATENT = {
    "num_key_value_heads": 4,
    **{"kv_lora_rank": 8, "q_lora_rank": 12, "v_head_dim": 8},
    **{"qk_nope_head_dim": 8, "qk_rope_head_dim": 4},
    **{"n_routed_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 16},
    **{"first_k_dense_replace": 1, "n_group": 1, "topk_group": 1},
}
STACK = {"layers": 2, "attention_heads": 4, "ffn_dim": 48}
BART = {
    f"{stack}_{size}": value
    for stack in ("encoder", "decoder")
    for size, value in STACK.items()
}
MODELS = {
    "gpt2": (GPT2, AutoModelForCausalLM.from_config),
    "llama": (GROUPED, AutoModelForCausalLM.from_config),
    "qwen3": ({**GROUPED, "head_dim": 16}, AutoModelForCausalLM.from_config),
    "mixtral": ({**GROUPED, "num_local_experts": 4}, AutoModelForCausalLM.from_config),
    "deepseek_v3": (
        {**SIZES, **LATENT},
        AutoModelForCausalLM.from_config,
    ),
    "bert": (SIZES, AutoModel.from_config),
    "albert": ({**SIZES, "embedding_size": 16}, AutoModel.from_config),
    "t5": ({**T5, "vocab_size": 60}, T5ForConditionalGeneration),
    "bart": ({**BART, "d_model": 32, "vocab_size": 60}, BartForConditionalGeneration),
}
"""Plain attention and plain experts: the counter does not know all fused kernels."""


@pytest.mark.parametrize("kind", MODELS)
def test_both_passes_are_what_pytorch_counts(kind: str) -> None:
    settings, build = MODELS[kind]
    config = AutoConfig.for_model(kind, **settings, attn_implementation="eager")
    config._experts_implementation = "eager"
    model = build(config).train()
    n_source = N_SOURCE if config.is_encoder_decoder else 0
    inputs = {"input_ids": torch.full((BATCH, n_source or N_TOKENS), 3)}
    if n_source:
        inputs["decoder_input_ids"] = torch.full((BATCH, N_TOKENS), 3)
    with FlopCounterMode(display=False) as forward:
        out = model(**inputs)
    end = out.pooler_output if "pooler_output" in out else out.logits
    with FlopCounterMode(display=False) as backward:
        (end.sum() + out[0].sum()).backward()
    shape = architecture_from_config(config.to_dict())
    flops = forward_flops(shape, N_TOKENS, BATCH, n_source)
    assert flops.total == forward.get_total_flops()
    assert backward_flops(flops) == backward.get_total_flops()


def test_the_parts_by_hand() -> None:
    shape = Architecture(
        vocab_size=10, d_model=8, n_layers=3, n_heads=2, d_ff=32, n_kv_heads=1
    )
    flops = forward_flops(shape, n_tokens=5, batch_size=7)
    assert flops.scores == 7 * 3 * 2 * (2 * 5 * 5 * 8)
    assert flops.attention == 7 * 5 * 3 * 2 * (2 * 64 + 2 * 32) + flops.scores
    assert flops.feed_forward == 7 * 5 * 3 * 2 * 2 * 8 * 32
    assert flops.rest == 7 * 5 * 2 * 8 * 10
    assert flops.total == flops.attention + flops.feed_forward + flops.rest


def test_6nd_is_near_the_exact_count_of_a_large_model() -> None:
    gpt3 = architecture_of(find_model("GPT-3 175B"))
    exact = forward_flops(gpt3, 2048)
    rule = training_flops(count_parameters(gpt3).total, 2048)
    assert 0.96 < rule / (exact.total + backward_flops(exact)) < 0.98
    assert exact.scores / exact.total == pytest.approx(0.027, abs=0.001)


def test_scores_grow_with_the_square_of_the_length() -> None:
    llama = architecture_of(find_model("Llama 3 8B"))
    short, long = (forward_flops(llama, n) for n in (1024, 4096))
    assert long.scores == 16 * short.scores
    assert long.total - long.scores == 4 * (short.total - short.scores)


def test_utilization_is_done_over_possible() -> None:
    assert utilization(300, seconds=2, peak_flops=100, n_devices=3) == 0.5
    with pytest.raises(ValueError, match="utilization 300 is above 1: check the units"):
        utilization(300, seconds=1, peak_flops=1)
    with pytest.raises(ValueError, match="seconds must be positive, got 0"):
        utilization(300, seconds=0, peak_flops=1)


def test_palms_utilization() -> None:
    # Chowdhery et al. (2022), appendix B: 238.3 thousand tokens a second on 6,144
    # TPU v4 of 275 TFLOP/s, 46.2 % with attention, 45.7 % without.
    palm = architecture_of(find_model("PaLM 540B"))
    n_parameters = count_parameters(palm).total
    without = utilization(6 * n_parameters * 238.3e3, 1, 275e12, 6144)
    scores = 3 * forward_flops(palm, 2048).scores / 2048
    attention = utilization((6 * n_parameters + scores) * 238.3e3, 1, 275e12, 6144)
    assert (round(without, 3), round(attention, 3)) == (0.457, 0.462)


def test_mistakes_are_named() -> None:
    llama = architecture_of(find_model("Llama 3 8B"))
    t5 = architecture_of(find_model("T5-small"))
    with pytest.raises(ValueError, match="n_tokens must be positive, got 0"):
        forward_flops(llama, 0)
    with pytest.raises(ValueError, match="a decoder has no n_source, got 5"):
        forward_flops(llama, 5, n_source=5)
    with pytest.raises(ValueError, match="a t5 has a positive n_source, got 0"):
        forward_flops(t5, 5)
    with pytest.raises(ValueError, match="n_parameters must be positive, got -1"):
        training_flops(-1, 5)
