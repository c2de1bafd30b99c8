"""Every field of Transformers' configs: equal, refused by name, or without effect."""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import torch
import transformers
from torch import Tensor, nn

from llm_foundations.models.conversion import load_huggingface
from llm_foundations.models.pretrained import _new_model
from tests.models.families import VOCAB, randomized

IDS = torch.arange(18).view(2, 9) % VOCAB
SIZES = {"vocab_size": VOCAB}
NO_TOKENS = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
GPT2 = {"n_positions": 24, "n_embd": 12, "n_layer": 2, "n_head": 3}
LLAMA = {
    "hidden_size": 16,
    "intermediate_size": 20,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 24,
}
BERT = {
    "hidden_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 10,
    "max_position_embeddings": 16,
}
T5 = {
    "d_model": 12,
    "d_kv": 5,
    "d_ff": 14,
    "num_layers": 2,
    "num_heads": 3,
    "relative_attention_num_buckets": 8,
    "relative_attention_max_distance": 12,
}
FAMILIES: dict[str, dict[str, Any]] = {
    "GPT2LMHeadModel": GPT2,
    "BloomForCausalLM": {"hidden_size": 12, "n_layer": 2, "n_head": 3},
    "LlamaForCausalLM": LLAMA,
    "MistralForCausalLM": LLAMA | {"sliding_window": 4},
    "BertForMaskedLM": BERT,
    "BertForSequenceClassification": BERT,
    "T5ForConditionalGeneration": T5,
}
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 4.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8,
}
WITHOUT_LENGTH = {k: v for k, v in LLAMA3.items() if "original" not in k}
YARN = {"rope_type": "yarn", "factor": 2.0, "original_max_position_embeddings": 8}
# Plausible values where none follows from the default's type, and settings that no
# class declares: other names, those of earlier versions, and those of other families.
VALUES: dict[str, list[Any]] = {
    "activation_function": ["relu", "gelu"],
    "hidden_act": ["relu", "gelu_new", "swish"],
    "n_inner": [20],
    "head_dim": [4, 6],
    "num_key_value_heads": [1, 4, 3],
    "num_attention_heads": [2, 6],
    "n_head": [2, 6, 5],
    "num_heads": [2, 6],
    "num_decoder_layers": [1, 3],
    "feed_forward_proj": ["gated-gelu", "gated-silu", "gelu", "gated-gelu_new"],
    "dense_act_fn": ["relu", "gelu_new", "silu"],
    "is_gated_act": [True, False],
    "scale_decoder_outputs": [True, False],
    "classifier_dropout": [0.1, 0.3, 0.0],
    "sliding_window": [3, 4096],
    "summary_activation": ["tanh"],
    "problem_type": ["regression"],
    "dtype": ["float32", "bfloat16"],
    "id2label": [{"0": "a", "1": "b", "2": "c"}],
    "label2id": [{"a": 0, "b": 1}],
    "num_labels": [2, 3],
    "hidden_size": [24],
    "n_embd": [24],
    "n_embed": [24, 12],
    "max_position_embeddings": [12, 24, 8192],
    "num_hidden_layers": [1, 2, 3],
    "use_sliding_window": [True],
    "attention_bias": [True],
    "mlp_bias": [True],
    "layer_types": [["full_attention", "full_attention"]],
    "rope_theta": [100.0, 5],
    "rope_scaling": [
        YARN,
        LLAMA3,
        WITHOUT_LENGTH,
        {"type": "linear", "factor": 2.0},
        {"type": "default"},
        {"factor": 2.0},
        {},
    ],
    "rope_parameters": [
        {"rope_theta": 100.0},
        LLAMA3 | {"rope_theta": 100.0},
        WITHOUT_LENGTH,
        YARN,
        {"rope_type": "default", "partial_rotary_factor": 0.5},
        {"rope_type": "default", "rope_theta": 10.0, "factor": 2.0},
        {"full_attention": {"rope_type": "default", "rope_theta": 10.0}},
    ],
    "partial_rotary_factor": [0.5, 1.0],
    "original_max_position_embeddings": [8],
    "position_embedding_type": ["relative_key"],
    "pruned_heads": [{"0": [1]}, {}],
    "per_layer_config": [{"0": {"intermediate_size": 12}}],
    "tie_encoder_decoder": [True],
    "transformers_weights": ["other.safetensors"],
    "quantization_config": [{"quant_method": "fp8"}],
    "architectures": [["Other"]],
    "transformers_version": ["4.50.0"],
    "n_ctx": [8],
    "torch_dtype": ["bfloat16"],
    "torchscript": [True],
    "is_decoder": [True],
    "is_encoder_decoder": [True, False],
}
# Not settings of the model: what is asked of a call, or of generation.
CALLS = ("architectures", "return_dict", "output_hidden_states", "output_attentions")
# Two settings that speak of one thing.
PAIRS: dict[str, list[dict[str, Any]]] = {
    "GPT2LMHeadModel": [
        {"num_attention_heads": 2},
        {"attn_pdrop": 0.0, "resid_pdrop": 0.0, "embd_pdrop": 0.0},
        {"hidden_size": 12, "max_position_embeddings": 24},
    ],
    "BloomForCausalLM": [{"n_embed": 24}, {"hidden_dropout": 0.2}],
    "LlamaForCausalLM": [
        {"rope_parameters": {"rope_theta": 100.0}, "rope_scaling": YARN},
        {"rope_parameters": {"rope_theta": 100.0}, "rope_scaling": LLAMA3},
        {"rope_parameters": YARN, "rope_scaling": LLAMA3},
        {"rope_parameters": {"rope_theta": 100.0}, "rope_theta": 10.0},
        {"rope_scaling": LLAMA3, "rope_theta": 10.0},
        {"rope_scaling": LLAMA3, "original_max_position_embeddings": 16},
        {"rope_scaling": WITHOUT_LENGTH, "original_max_position_embeddings": 16},
        {"rope_scaling": LLAMA3, "partial_rotary_factor": 0.5},
        {"rope_scaling": LLAMA3 | {"partial_rotary_factor": 0.5}},
        {"rope_scaling": LLAMA3 | {"type": "yarn"}},
        {"rope_scaling": {"rope_type": "llama3", "factor": 2.0}},
        {"sliding_window": 4, "model_type": "mistral"},
    ],
    "MistralForCausalLM": [
        {"sliding_window": None, "attention_bias": True},
        {"sliding_window": None, "num_key_value_heads": None},
        {"rope_parameters": YARN, "rope_scaling": LLAMA3},
    ],
    "BertForMaskedLM": [
        {"hidden_dropout_prob": 0.2, "attention_probs_dropout_prob": 0.2},
    ],
    "BertForSequenceClassification": [
        {"id2label": None, "num_labels": 3},
        {"id2label": {"0": "a", "1": "b", "2": "c"}, "num_labels": 2},
        {"id2label": {"0": "a", "1": "b", "2": "c"}, "num_labels": 3},
        {"id2label": {}},
    ],
    "T5ForConditionalGeneration": [
        {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
        {"feed_forward_proj": "gated-gelu", "scale_decoder_outputs": False},
        {"feed_forward_proj": "gated-gelu", "dense_act_fn": "relu"},
        {"feed_forward_proj": "gated-gelu", "is_gated_act": False},
        {"feed_forward_proj": "relu", "dense_act_fn": "gelu_new"},
        {"tie_word_embeddings": False, "scale_decoder_outputs": True},
        {"num_layers": 2, "num_hidden_layers": 3},
    ],
}


def base(name: str) -> dict[str, Any]:
    cls = getattr(transformers, name).config_class
    family = {"model_type": cls.model_type, "architectures": [name]}
    return SIZES | FAMILIES[name] | NO_TOKENS | family


def other_values(name: str, default: object) -> list[Any]:
    if name in VALUES:
        return VALUES[name]
    if isinstance(default, bool):
        return [not default]
    if isinstance(default, int):
        return [default + 1, 2 * default or 4]
    if isinstance(default, float):
        return [default * 2 or 0.25]
    assert default is None or name == "summary_type", f"no value to try for {name}"
    return [3]


def fields(name: str) -> dict[str, Any]:
    """Return the fields of a model's config class and their tried defaults."""
    declared = dataclasses.fields(getattr(transformers, name).config_class)
    known = {field.name: field.default for field in declared}
    known |= dict.fromkeys(VALUES.keys() - known.keys()) | base(name)
    return {field: known[field] for field in sorted(known) if field not in CALLS}


def changed(name: str, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield configs with a field changed, null or left out, or several changed."""
    start = base(name)
    if kind == "together":
        yield from ((str(pair), start | pair) for pair in PAIRS[name])
        return
    for field, default in fields(name).items():
        if field == "model_type":
            continue
        if kind == "left out":
            yield field, {k: v for k, v in start.items() if k != field}
        elif kind == "null":
            yield field, start | {field: None}
        else:
            for value in other_values(field, default):
                yield f"{field}={value}", start | {field: value}


def theirs_of(name: str, config: dict[str, Any]) -> nn.Module | None:
    """Return what Transformers makes of a config, or None if it refuses."""
    cls = getattr(transformers, name)
    try:
        return randomized(cls(cls.config_class.from_dict(dict(config))))
    except Exception:
        return None


def ours_of(config: dict[str, Any], weights: dict[str, Tensor]) -> Any:
    """Return what is made of it here, or None if it is refused by name."""
    try:
        model = _new_model(config, weights)
        load_huggingface(model, weights)
    except ValueError:
        return None
    return model.eval()


def logits(model: nn.Module, *, ours: bool) -> Tensor:
    if "T5" in type(model).__name__:
        out = model(IDS, IDS) if ours else model(IDS, decoder_input_ids=IDS)
    else:
        out = model(IDS)
    return out if ours else out.logits


def settings_that_differ(ours: Any, theirs: Any) -> list[str]:
    """Compare what no logits show: dropouts, the context length, a long window."""
    mine, config = ours.config.to_huggingface(), theirs.config
    declared = {field.name for field in dataclasses.fields(config)}
    declared -= {"architectures", "tie_word_embeddings"}
    return [
        f"{name}: {value!r}, not {getattr(config, name)!r}"
        for name, value in mine.items()
        if name in declared and getattr(config, name) not in (value, None)
    ]


def difference(name: str, config: dict[str, Any]) -> str:
    """Say how a config is read differently, if it is."""
    theirs = theirs_of(name, config)
    if theirs is None:  # nothing to compare with: at least no bare error
        ours_of(config, {})
        return ""
    state = theirs.state_dict()
    if "T5" in name:  # as it is saved: a tied head is left out
        state.pop("lm_head.weight")
    ours = ours_of(config, state)
    if ours is None:
        return ""
    try:
        expected = logits(theirs, ours=False)
    except Exception:
        return ""
    gap = (logits(ours, ours=True) - expected).abs().max().item()
    wrong = settings_that_differ(ours, theirs)
    return f"logits off by {gap}" if gap > 1e-3 else "; ".join(wrong)


@pytest.mark.parametrize(
    ("name", "kind"),
    [*itertools.product(FAMILIES, ["changed", "null", "left out", "together"])],
)
def test_no_field_is_read_as_something_else(name: str, kind: str) -> None:
    differ = {
        change: found
        for change, config in changed(name, kind)
        if (found := difference(name, config))
    }
    assert differ == {}


@pytest.mark.parametrize("name", FAMILIES)
def test_the_config_that_is_changed_is_read_as_it_is(name: str) -> None:
    config = base(name)
    theirs = theirs_of(name, config)
    state = theirs.state_dict()
    ours = ours_of(config, state)
    expected = logits(theirs, ours=False)
    torch.testing.assert_close(logits(ours, ours=True), expected)
