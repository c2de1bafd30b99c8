import json

import pytest
import torch
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    T5ForConditionalGeneration,
)

from llm_foundations.accounting.huggingface import architecture_from_config
from llm_foundations.accounting.parameters import count_parameters

SIZES = {
    "hidden_size": 64,
    "num_attention_heads": 4,
    "num_hidden_layers": 3,
    "vocab_size": 100,
    "pad_token_id": 0,
    "bos_token_id": None,
    "eos_token_id": None,
}
GATED = {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False}
BART = {"d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "vocab_size": 100}


CAUSAL = AutoModelForCausalLM.from_config


def config(kind: str, **changes: object) -> dict:
    settings = AutoConfig.for_model(kind, **changes)
    return json.loads(settings.to_json_string(use_diff=False))


@pytest.mark.parametrize(
    ("kind", "changes", "build"),
    [
        ("gpt2", {"n_inner": 100}, CAUSAL),
        (
            "gpt_neox",
            {**SIZES, "attention_bias": False},
            CAUSAL,
        ),
        (
            "falcon",
            {**SIZES, "multi_query": False, "parallel_attn": False, "bias": True},
            CAUSAL,
        ),
        ("xlm-roberta", {**SIZES, "type_vocab_size": 1}, AutoModel.from_config),
        ("t5", {"num_layers": 2, **GATED}, T5ForConditionalGeneration),
    ],
)
def test_other_settings_give_what_transformers_builds(kind, changes, build) -> None:
    with torch.device("meta"):
        model = build(AutoConfig.for_model(kind, **changes))
    built = sum(weight.numel() for weight in model.parameters())
    shape = architecture_from_config(config(kind, **changes))
    assert count_parameters(shape).total == built


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("t5", {"num_layers": 2, "num_decoder_layers": 3}, "num_decoder_layers is 3"),
        ("bart", {**BART, "decoder_ffn_dim": 5}, "decoder_ffn_dim is 5"),
        ("opt", {"word_embed_proj_dim": 16}, "narrower embedding is not supported"),
        (
            "albert",
            {"num_hidden_groups": 2},
            "groups of layers is not supported",
        ),
    ],
)
def test_what_cannot_be_counted_is_said(kind: str, changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        architecture_from_config(config(kind, **changes))
