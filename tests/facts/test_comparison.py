from collections.abc import Iterator

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from llm_foundations.facts import compare_architectures, find_model


@pytest.fixture(autouse=True)
def no_figure_is_left() -> Iterator[None]:
    plt.switch_backend("Agg")
    yield
    plt.close("all")


def shown() -> list[str]:
    return [text.get_text() for ax in plt.gcf().axes for text in ax.texts]


def test_names_and_rows_give_the_published_numbers() -> None:
    frame = compare_architectures(["GPT-2 XL", find_model("T5-large")])
    assert frame.loc["T5-large", "vocab_size"] == 32128
    assert frame.loc["GPT-2 XL"].tolist() == [1_558_000_000, 48, 1600, 25, 50257]


def test_the_heads_are_drawn() -> None:
    frame = compare_architectures(["BERT-base", "GPT-3 175B"])
    axes = plt.gcf().axes
    assert [ax.get_title(loc="left") for ax in axes].count("Query heads") == 1
    drawn = [float(line.get_xdata()[0]) for line in axes[3].lines]
    assert drawn == frame["n_heads"].tolist() == [12, 96]


def test_what_is_undisclosed_is_written_and_not_drawn() -> None:
    frame = compare_architectures(["Llama 3 8B", "GPT-4"])
    assert shown() == ["undisclosed"] * 5
    assert [len(ax.lines) for ax in plt.gcf().axes] == [1] * 5
    assert frame.loc["GPT-4", "params_total"] is pd.NA


def test_a_row_from_memory_is_starred() -> None:
    frame = compare_architectures(["Llama 3 8B", "Falcon-40B"])
    assert frame.index.tolist() == ["Llama 3 8B", "Falcon-40B*"]
    assert "not re-checked" in plt.gcf().get_supxlabel()


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="no model to compare"):
        compare_architectures([])
    with pytest.raises(ValueError, match="no model 'GPT-9'"):
        compare_architectures(["GPT-9"])
