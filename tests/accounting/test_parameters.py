import os
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.parameter_counts import (
    router_biases,
    transformers_parameters,
    why_no_class,
)

from llm_foundations.accounting.architecture import Architecture, Experts
from llm_foundations.accounting.parameters import count_parameters
from llm_foundations.facts import find_model, published_models

pytestmark = pytest.mark.unseen

COUNTABLE = [model for model in published_models() if model.countable == "yes"]


@pytest.mark.parametrize("model", COUNTABLE, ids=lambda model: model.name)
def test_every_countable_row_is_what_transformers_builds(model) -> None:
    total = count_parameters(model).total
    if why_no_class(model):
        assert model.params_exact == total or model.params_exact is None
    else:
        assert total == transformers_parameters(model) + router_biases(model)


def test_transformers_lacks_eight_rows() -> None:
    lacking = [model.name for model in COUNTABLE if why_no_class(model)]
    assert lacking == [
        *("Word2Vec GoogleNews", "Transformer base", "Transformer big"),
        *("PaLM 8B", "PaLM 62B", "PaLM 540B", "JAIS-13B", "JAIS-30B-v3"),
    ]


RECORDED = [model for model in published_models() if model.params_exact]


@pytest.mark.parametrize("model", RECORDED, ids=lambda model: model.name)
def test_the_ledgers_own_counts_come_out(model) -> None:
    assert count_parameters(model).total == model.params_exact


def test_checkpoints_have_the_recorded_number() -> None:
    released = [model for model in published_models() if model.known_exact]
    assert len(released) == 42
    assert all(model.known_exact == model.params_exact for model in released)


def test_the_2017_transformer_by_hand() -> None:
    layer = 4 * 512**2 + 2 * 512 * 2048 + 2048 + 512 + 2 * 2 * 512
    decoder_layer = layer + 4 * 512**2 + 2 * 512
    total = 37_000 * 512 + 6 * (layer + decoder_layer)
    assert count_parameters(find_model("Transformer base")).total == total == 63_045_632


def test_palm_by_hand() -> None:
    # Multi-query attention with heads of 256, SwiGLU, one norm without bias a layer.
    layer = 2 * 4096**2 + 2 * 4096 * 256 + 3 * 4096 * 16384 + 4096
    total = 256_000 * 4096 + 32 * layer + 4096
    assert count_parameters(find_model("PaLM 8B")).total == total == 8_632_012_800


def test_llama_2_7b_and_the_forgotten_matrix() -> None:
    parts = count_parameters(find_model("Llama 2 7B")).parts
    assert parts == {
        "embedding": 32_000 * 4096,
        "attention": 32 * 4 * 4096**2,
        "feed-forward": 32 * 3 * 4096 * 11_008,
        "norms": (2 * 32 + 1) * 4096,
        "head": 32_000 * 4096,
    }
    without_the_gate = sum(parts.values()) - 32 * 4096 * 11_008
    assert without_the_gate == 5_295_575_040  # what the table adds up to that forgot it


def test_gpt_3_by_hand() -> None:
    d = 12_288
    parts = count_parameters(find_model("GPT-3 175B")).parts
    assert parts["attention"] == 96 * (4 * d**2 + 4 * d) == 96 * 604_028_928
    assert parts["feed-forward"] == 96 * (8 * d**2 + 5 * d)
    assert parts["norms"] == 96 * 4 * d + 2 * d
    assert parts["embedding"] == 617_558_016 + 2048 * d
    assert parts["head"] == 0


def test_bert_base_by_hand() -> None:
    parts = count_parameters(find_model("BERT-base")).parts
    assert parts["embedding"] == (30_522 + 512 + 2) * 768
    assert parts["head"] == 768 * 768 + 768  # the pooler
    assert sum(parts.values()) == 109_482_240


@pytest.mark.parametrize(
    ("name", "billions"),
    [("Mixtral 8x7B", 12.9), ("DeepSeek-V2", 21.4), ("DeepSeek-V3", 37.6)],
)
def test_active_parameters_leave_out_the_idle_experts(
    name: str, billions: float
) -> None:
    assert round(count_parameters(find_model(name)).active / 1e9, 1) == billions


def test_gpt_oss_reports_active_parameters_without_the_embedding() -> None:
    count = count_parameters(find_model("gpt-oss-20b"))
    assert round((count.active - count.parts["embedding"]) / 1e9, 2) == 3.61
    assert find_model("gpt-oss-20b").params_active == 3_600_000_000


def test_without_experts_every_parameter_is_active() -> None:
    count = count_parameters(find_model("Llama 3 8B"))
    assert count.active == count.total
    assert count.non_embedding == count.total - 2 * 128_256 * 4096


@pytest.mark.parametrize(
    ("name", "billions"),
    [("Gopher", 279.7), ("Chinchilla", 70.1), ("MT-NLG 530B", 528.5)],
)
def test_approximate_rows_are_marked_and_near_what_was_reported(
    name: str, billions: float
) -> None:
    count = count_parameters(find_model(name))
    assert not count.is_exact
    assert round(count.total / 1e9, 1) == billions
    assert abs(count.total / find_model(name).params_total - 1) < 0.005


def test_elmo_counts_its_filters_and_lstms() -> None:
    count = count_parameters(find_model("ELMo (original)"))
    assert (count.total, count.is_exact) == (93_600_864, False)


def test_the_undisclosed_is_not_counted() -> None:
    with pytest.raises(ValueError, match="GPT-4 cannot be counted: its shape is not"):
        count_parameters(find_model("GPT-4"))
    with pytest.raises(ValueError, match="disclosed; reported: 1,800,000,000"):
        count_parameters(find_model("Gemini 1.0 Nano-1"))


def test_a_shape_of_ones_own_is_counted() -> None:
    sizes = {"vocab_size": 10, "d_model": 4, "n_layers": 1, "n_heads": 1, "d_ff": 8}
    experts = Experts(n_experts=3, top_k=1, d_expert=8)
    plain, mixed = Architecture(**sizes), Architecture(**sizes, experts=experts)
    extra = count_parameters(mixed).total - count_parameters(plain).total
    assert extra == 2 * (2 * 4 * 8) + 4 * 3  # two more experts, and the router
    assert count_parameters(mixed).active == count_parameters(plain).total + 4 * 3


def test_nothing_heavy_is_imported() -> None:
    code = """
import sys
import llm_foundations.accounting, llm_foundations.facts
from llm_foundations.accounting import count_parameters
from llm_foundations.facts import find_model
assert count_parameters(find_model("Llama 2 7B")).total == 6_738_415_616
heavy = {"torch", "pandas", "matplotlib", "numpy", "transformers", "jaxtyping"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    source = Path(__file__).parents[2] / "src"
    environment = {**os.environ, "PYTHONPATH": str(source)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
