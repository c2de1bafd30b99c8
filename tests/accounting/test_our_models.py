"""The counts by arithmetic are the sizes of the course's own models.

Nothing is allocated: the models are built on the meta device.
"""

import importlib
import json

import pytest
import torch
from benchmarks.parameter_counts import transformers_config

from llm_foundations.accounting.parameters import count_parameters
from llm_foundations.facts import PublishedModel, published_models

FAMILIES = {
    "gpt": ("GPT-2", "GPT-3"),
    "llama": ("LLaMA", "Llama", "SmolLM2"),
    "bert": ("BERT",),
    "t5": ("T5",),
}
"""Each module of `models` that has a published family, and how its names begin."""


def family_of(model: PublishedModel) -> str:
    starts = FAMILIES.items()
    return next((m for m, names in starts if model.name.startswith(names)), "")


ROWS = [
    model
    for model in published_models()
    if model.countable == "yes" and family_of(model)
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_our_model_has_the_counted_size(row: PublishedModel) -> None:
    family = family_of(row)
    module = importlib.import_module(f"llm_foundations.models.{family}")
    name = "Llama" if family == "llama" else family.upper()
    config = json.loads(transformers_config(row).to_json_string(use_diff=False))
    ours = getattr(module, f"{name}Config").from_huggingface(config)
    with torch.device("meta"):
        model = getattr(module, name)(ours)
    built = sum(weight.numel() for weight in model.parameters())
    assert built == count_parameters(row).total


def test_all_four_families_have_rows() -> None:
    assert {family_of(row) for row in ROWS} == set(FAMILIES)
