"""JAIS against a plain composition: logits, gradients, generation, and its errors."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from llm_foundations.generation.decode import generate, pad_left
from llm_foundations.layers.positions import alibi_slopes
from llm_foundations.models.jais import Jais, JaisConfig
from llm_foundations.models.pretrained import load_pretrained, save_pretrained
from tests.models.families import JAIS_KIND, VOCAB, assert_trains_alike, jais
from tests.models.plain_jais import slopes

SMALL = JaisConfig(VOCAB, 12, n_layers=1, n_heads=3, d_ff=20)
# From JAIS-13B's and JAIS-30B's configurations for training, under the names that
# their checkpoints use.
SIZES_13B = {"n_embd": 5120, "n_layer": 40, "n_head": 40, "n_inner": 13653}
JAIS_13B = {
    **JAIS_KIND,
    **SIZES_13B,
    "n_positions": 2048,
    "vocab_size": 84992,
    "embeddings_scale": 14.6,
    "width_scale": 0.111,
}


@pytest.mark.parametrize("n_head", [1, 3, 4])
@pytest.mark.parametrize(("n_batch", "n"), [(2, 9), (1, 1), (3, 24)])
def test_logits_loss_and_gradients_equal_the_plain_composition(
    n_head: int, n_batch: int, n: int
) -> None:
    torch.manual_seed(0)
    ours, theirs = jais(n_head=n_head)
    assert_trains_alike(ours, theirs, n_batch, n)


def test_in_double_precision_they_are_one() -> None:
    torch.manual_seed(0)
    ours, theirs = (model.double() for model in jais())
    token_ids = torch.randint(VOCAB, (2, 9))
    torch.testing.assert_close(
        ours(token_ids), theirs(token_ids).logits, rtol=0, atol=1e-10
    )


@pytest.mark.parametrize("n_heads", [1, 2, 3, 12, 40, 56])
def test_the_slopes_are_those_of_the_authors_recursion(n_heads: int) -> None:
    assert alibi_slopes(n_heads) == pytest.approx(slopes(n_heads), rel=1e-12)


def test_generation_equals_reading_everything_again() -> None:
    torch.manual_seed(0)
    ours, theirs = jais()
    prompts = [[5, 6, 7, 8], [9, 10]]
    token_ids, real = pad_left(prompts, pad_id=0)
    written = generate(ours, token_ids, 12, mask=real)
    for row, prompt in zip(written, prompts, strict=True):
        expected = theirs.generate(torch.tensor([prompt]), max_new_tokens=12)[0]
        assert row[-len(expected) :].tolist() == expected.tolist()


def test_scores_shrink_with_the_width_of_a_head_itself() -> None:
    model = Jais(JaisConfig(VOCAB, 16, n_layers=1, n_heads=2, d_ff=20))
    assert model.blocks[0].attention.scale == 1 / 8


def test_the_factors_act_where_they_should() -> None:
    torch.manual_seed(0)
    ours, ids = jais()[0], torch.tensor([[1, 2, 3]])
    doubled = Jais(JaisConfig(**{**vars(ours.config), "logit_scale": 0.5})).eval()
    doubled.load_state_dict(ours.state_dict())
    torch.testing.assert_close(doubled(ids), 2 * ours(ids))
    embedded = Jais(JaisConfig(**{**vars(ours.config), "embedding_scale": 7.0})).eval()
    embedded.load_state_dict(ours.state_dict())
    halved = ours.token_embedding.weight.detach() / 2
    with torch.no_grad():
        embedded.token_embedding.weight.copy_(halved)
    torch.testing.assert_close(embedded.features(ids), ours.features(ids))


def test_the_config_of_jais_13b_is_the_default_and_counts_what_it_has() -> None:
    config = JaisConfig.from_huggingface(JAIS_13B)
    assert config == JaisConfig()
    assert config.logit_scale == pytest.approx(2.22 * 256 / 5120)


@pytest.mark.parametrize(
    ("sizes", "n_parameters"),
    [
        ({}, 13_020_811_920),
        (
            {"n_embd": 7168, "n_layer": 48, "n_head": 56, "n_inner": 19114},
            30_208_489_408,
        ),
    ],
)
def test_the_published_sizes_count_what_they_have(
    sizes: dict, n_parameters: int
) -> None:
    with torch.device("meta"):
        model = Jais(JaisConfig.from_huggingface({**JAIS_13B, **sizes}))
    assert sum(p.numel() for p in model.parameters()) == n_parameters


def test_a_config_goes_both_ways_and_is_read_under_its_old_names() -> None:
    config = JaisConfig(50, 12, 2, 3, 20, 9, 2.0, 0.5, dropout=0.25, norm_eps=1e-3)
    theirs = config.to_huggingface()
    assert JaisConfig.from_huggingface(theirs) == config
    halves = {"mup_output_alpha": 2.0, "mup_width_scale": 0.25}
    assert JaisConfig.from_huggingface(theirs | halves) == config
    assert JaisConfig.from_huggingface({**theirs, "n_inner": None}).d_ff == 48


def test_a_checkpoint_with_its_buffers_and_tied_head_loads(tmp_path: Path) -> None:
    ours, theirs = jais()
    save_pretrained(ours, tmp_path / "ours")
    config = json.loads((tmp_path / "ours" / "config.json").read_text())
    assert config["architectures"] == ["JAISLMHeadModel"]
    weights = dict(theirs.state_dict())
    weights["lm_head.weight"] = weights["transformer.wte.weight"].clone()
    weights["transformer.h.0.attn.bias"] = torch.ones(1, 1, 9, 9)
    weights["transformer.relative_pe.slopes"] = torch.ones(3, 1)
    save_file(weights, tmp_path / "ours" / "model.safetensors")
    token_ids = torch.tensor([[1, 2, 3]])
    back = load_pretrained(tmp_path / "ours")
    assert torch.equal(back(token_ids), ours(token_ids))


@pytest.mark.parametrize(
    ("theirs", "message"),
    [
        ({"activation_function": "gelu"}, "'gelu' .only 'swiglu' is supported"),
        ({"position_embedding_type": "learned"}, "only 'alibi' is supported"),
        ({"scale_qk_dot_by_d": False}, "only True is supported"),
        ({"alibi_scaling": {"type": "linear", "factor": 2.0}}, "alibi_scaling="),
        ({"attn_pdrop": 0.1}, r"attn_pdrop=0.1 \(only 0.0 is supported"),
        ({"n_layer": None}, r"lacks 'n_layer' \(n_layers\)"),
        ({"n_head": 7}, "d_model=5120 is not divisible by n_heads=7"),
        ({"vocab_size": 0}, "got vocab_size=0"),
        ({"width_scale": 0.0}, "scales must be positive, got .*logit_scale=0.0"),
    ],
)
def test_a_config_that_cannot_be_is_refused(theirs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        JaisConfig.from_huggingface({**JAIS_13B, **theirs})


def test_what_a_config_leaves_unsaid_is_not_what_jais_is() -> None:
    silent = {**JAIS_13B}
    del silent["scale_qk_dot_by_d"]
    with pytest.raises(ValueError, match="mup_scale_qk_dot_by_d=False"):
        JaisConfig.from_huggingface(silent)


def test_an_unknown_id_is_named() -> None:
    with pytest.raises(ValueError, match="id 37 is not in 0 to 36"):
        Jais(SMALL)(torch.tensor([[37]]))
