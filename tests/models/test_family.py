"""Each model's file states its family once, and everything else reads it there."""

import dataclasses

import pytest
import torch

from llm_foundations.models import bert, bloom, gpt, jais, llama, t5
from llm_foundations.models.conversion import FAMILIES, load_huggingface, to_huggingface
from llm_foundations.models.family import Family
from llm_foundations.models.pretrained import ARCHITECTURES
from tests.models import families as pairs


def test_every_family_is_registered_once() -> None:
    modules = (gpt, llama, bert, t5, bloom, jais)
    assert list(FAMILIES) == [module.FAMILY for module in modules]
    names = [name for family in FAMILIES for name in family.architectures]
    assert sorted(names) == sorted(ARCHITECTURES)
    classes = [c for f in FAMILIES for c in {*f.architectures.values()}]
    assert len(classes) == len({*classes})


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.config.__name__)
def test_a_family_has_a_config_and_starts_at_its_embedding(family: Family) -> None:
    assert dataclasses.is_dataclass(family.config)
    assert callable(family.config.from_huggingface)
    assert "token_embedding.weight" in str(next(iter(family.names.values())))


def test_a_gated_config_chooses_the_gated_names() -> None:
    plain, gated = (t5.FAMILY.table(t5.T5Config(gated=g)) for g in (False, True))
    wi = "encoder.block.{i}.layer.1.DenseReluDense.wi"
    assert plain[f"{wi}.weight"] == gated[f"{wi}_1.weight"]
    assert f"{wi}.weight" not in gated
    assert gpt.FAMILY.table(gpt.GPTConfig()) is gpt.FAMILY.names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cls.seq_relationship.weight", True),
        ("bert.pooler.dense.bias", True),
        ("pooler.dense.weight", True),
        ("cls.predictions.bias", True),
        ("cls.predictions.weight", False),  # no tensor of BERT
        ("qa_outputs.scale", False),
        ("bert.embeddings.LayerNorm.bias", False),  # a tensor, but of no head
    ],
)
def test_the_heads_of_bert(name: str, expected: bool) -> None:
    assert bert.FAMILY.is_of_a_head(name) is expected
    assert not gpt.FAMILY.is_of_a_head(name)


@pytest.mark.parametrize(
    ("make", "foreign"),
    [
        (pairs.gpt2, "encoder.embed_tokens.weight"),  # T5's
        (pairs.gpt2, "model.layers.0.self_attn.rotary_emb.inv_freq"),  # Llama's
        (pairs.llama, "cls.predictions.decoder.bias"),  # BERT's
        (pairs.bloom, "transformer.h.0.attn.masked_bias"),  # GPT-2's
        (lambda: pairs.bert("Model"), "lm_head.weight"),  # of the decoders
        (pairs.t5, "qa_outputs.bias"),  # BERT's
    ],
)
def test_what_another_family_leaves_out_is_refused(make, foreign: str) -> None:
    ours = make()[0]
    weights = to_huggingface(ours) | {foreign: torch.ones(2)}
    with pytest.raises(ValueError, match=f"unknown {foreign}"):
        load_huggingface(ours, weights)
