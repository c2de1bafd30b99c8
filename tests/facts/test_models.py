import re

import pandas as pd
import pytest

from llm_foundations.facts import find_model, models_frame, published_models


@pytest.mark.parametrize("model", published_models(), ids=lambda model: model.name)
def test_every_row_has_its_source(model) -> None:
    assert model.source
    assert model.paper
    assert model.checked
    assert re.fullmatch(r"20\d\d-[01]\d", model.year_month)
    assert model.countable in ("yes", "approximate", "no")


def test_names_are_unique() -> None:
    names = [model.name.lower() for model in published_models()]
    assert len(set(names)) == len(names) == 97


def test_a_row_is_typed() -> None:
    llama = find_model("Llama 2 7B")
    assert (llama.n_layers, llama.d_head, llama.tie_embeddings) == (32, 128, False)
    assert llama.training_tokens == 2_000_000_000_000
    assert find_model("Gemma 7B").d_head == 256  # not 3072 / 16
    assert find_model("Mixtral 8x7B").options == {"experts": 8, "top_k": 2}


def test_the_undisclosed_stays_undisclosed() -> None:
    gpt4 = find_model("GPT-4")
    assert not gpt4.disclosed
    known = {"context_length": 8192}
    sizes = ("params_total", "n_layers", "d_model", "context_length", "vocab_size")
    assert {name: getattr(gpt4, name) for name in sizes if getattr(gpt4, name)} == known
    assert gpt4.d_head is None


def test_a_row_from_memory_says_so() -> None:
    assert find_model("Falcon-40B").is_from_memory
    assert find_model("Falcon-40B").citation.endswith("(not re-checked)")
    assert find_model("Llama 3 8B").citation == "arXiv 2407.21783; Table 3; model card"


@pytest.mark.parametrize("name", ["llama 2 7b", " LLAMA 2 7B "])
def test_case_and_spaces_do_not_matter(name: str) -> None:
    assert find_model(name).name == "Llama 2 7B"


def test_an_unknown_name_brings_near_ones() -> None:
    with pytest.raises(ValueError, match="no model 'GPT3 175B'; near: GPT-3 175B"):
        find_model("GPT3 175B")
    with pytest.raises(ValueError, match="near: nothing in the ledger"):
        find_model("zzz")


def test_the_frame_keeps_whole_numbers_and_gaps() -> None:
    frame = models_frame()
    assert frame.loc["Llama 3.1 405B", "params_total"] == 405_000_000_000
    assert frame.loc["GPT-4", "n_layers"] is pd.NA
    assert frame["n_layers"].dtype == "Int64"
