"""Published models over time: which are the largest, and what is drawn of them."""

import math
import random
import statistics
from collections.abc import Iterator

import matplotlib.pyplot as plt
import pytest

from llm_foundations.facts import (
    family_of,
    find_model,
    largest_so_far,
    plot_sizes,
    plot_token_ratios,
    plot_training_flops,
    published_models,
)


@pytest.fixture(autouse=True)
def no_figure_is_left() -> Iterator[None]:
    plt.switch_backend("Agg")
    yield
    plt.close("all")


def drawn(axes) -> list[tuple[float, float]]:
    return [
        (float(x), float(y))
        for line in axes.lines
        if line.get_marker() not in ("x", "None")
        for x, y in line.get_xydata()
    ]


def written(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize(
    ("name", "year"),
    [("GPT-1", 2018 + 11 / 24), ("GPT-3 175B", 2020.375), ("Gopher", 2021 + 23 / 24)],
)
def test_a_month_is_drawn_at_its_middle(name: str, year: float) -> None:
    assert find_model(name).decimal_year == pytest.approx(year)


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("BERT-base", "encoder"),
        ("ELMo (original)", "encoder"),
        ("Transformer big", "encoder-decoder"),
        ("BART-large", "encoder-decoder"),
        ("Word2Vec GoogleNews", "embedding"),
        ("Mixtral 8x7B", "mixture of experts"),
        ("Chinchilla", "decoder"),
        ("GPT-4", "decoder"),
    ],
)
def test_families(name: str, family: str) -> None:
    assert family_of(find_model(name)) == family


def test_records_do_not_depend_on_the_order_of_the_rows() -> None:
    rows = list(published_models())
    records = largest_so_far(rows)
    random.Random(3).shuffle(rows)
    assert largest_so_far(rows) == records
    sizes = [model.params_total for model in records]
    assert sizes == sorted(set(sizes))
    assert records[-1].name == "DeepSeek-V3"


def test_of_one_month_and_of_equal_sizes_one_is_a_record() -> None:
    names = ["GPT-2 small", "GPT-2 XL", "GPT-3 175B", "OPT-175B", "Claude"]
    rows = [m for m in published_models() if m.name in names]
    assert [m.name for m in largest_so_far(rows)] == ["GPT-2 XL", "GPT-3 175B"]
    assert largest_so_far([find_model("GPT-4")]) == []


def test_every_known_size_of_a_language_model_is_drawn_once() -> None:
    axes = plot_sizes()
    known = sorted(
        (m.decimal_year, float(m.params_total))
        for m in published_models()
        if m.params_total and m.arch != "embedding"
    )
    assert sorted(drawn(axes)) == known
    assert axes.get_yscale() == "log"


def test_unknown_sizes_are_crosses_and_never_points() -> None:
    (crosses,) = (line for line in plot_sizes().lines if line.get_marker() == "x")
    unknown = [m.decimal_year for m in published_models() if not m.params_total]
    assert list(crosses.get_xdata()) == unknown
    assert len(unknown) == 7
    assert len(set(map(tuple, crosses.get_xydata()))) == 7, "one cross hides another"
    assert max(crosses.get_ydata()) < 0, "a cross at the height of a size"


def test_mixtures_are_open_circles() -> None:
    circles = [
        line.get_xydata()[0].tolist()
        for line in plot_sizes().lines
        if line.get_marker() == "o" and line.get_color() != line.get_markerfacecolor()
    ]
    rows = [m for m in published_models() if m.params_active]
    assert circles == [[m.decimal_year, m.params_total] for m in rows]
    assert len(rows) == 5


def test_training_compute_counts_the_parameters_that_a_token_uses() -> None:
    points = drawn(plot_training_flops())
    assert max(y for _, y in points) == pytest.approx(6 * 405e9 * 15.6e12)
    for name, size, tokens in [
        ("GPT-3 175B", 175e9, 300e9),
        ("DeepSeek-V3", 37e9, 14.8e12),
    ]:
        point = (find_model(name).decimal_year, 6 * size * tokens)
        assert any(found == pytest.approx(point, rel=1e-9) for found in points)
    assert not any(x < 2020 for x, _ in points), "T5 and RoBERTa are no decoders"


def months(old, new, ratio: float) -> float:
    return 12 * (new.decimal_year - old.decimal_year) / math.log2(ratio)


def growth(older: str, newer: str) -> float:
    old, new = find_model(older), find_model(newer)
    return months(old, new, new.params_total / old.params_total)


def flops(model) -> float:
    return 6 * model.params_total * model.training_tokens


@pytest.mark.parametrize(
    ("older", "newer", "doubling"),
    [
        ("GPT-1", "GPT-3 175B", 2.2),
        ("GPT-3 175B", "PaLM 540B", 14.1),
        ("GPT-2 XL", "PaLM 540B", 4.5),
        ("GPT-2 XL", "T5-11B", 2.8),
        ("T5-11B", "PaLM 540B", 5.3),
    ],
)
def test_how_much_sizes_slowed_depends_on_the_pair(older, newer, doubling) -> None:
    assert growth(older, newer) == pytest.approx(doubling, abs=0.05)


def test_mixtures_that_the_list_lacks_did_not_slow_at_gpt3() -> None:
    gpt3 = find_model("GPT-3 175B").params_total
    assert 8 / math.log2(1.6e12 / gpt3) == pytest.approx(2.5, abs=0.05), "Switch-C"
    assert 17 / math.log2(10e12 / gpt3) == pytest.approx(2.9, abs=0.05), "M6-10T"


def test_compute_slowed_at_gpt3_and_then_outgrew_the_size() -> None:
    names = ("GPT-1", "GPT-3 175B", "PaLM 540B", "Llama 3.1 405B")
    gpt1, gpt3, palm, llama = map(find_model, names)
    by_openai = 0.96 * 1e15 * 86_400
    assert months(gpt1, gpt3, flops(gpt3) / by_openai) == pytest.approx(1.93, abs=0.01)
    assert flops(llama) / flops(gpt3) == pytest.approx(120, abs=1)
    assert llama.params_total / gpt3.params_total == pytest.approx(2.3, abs=0.05)
    assert llama.training_tokens / gpt3.training_tokens == pytest.approx(52)
    assert palm.training_tokens / gpt3.training_tokens == pytest.approx(2.6)
    records = months(gpt3, llama, flops(llama) / flops(gpt3))
    assert records == pytest.approx(7.2, abs=0.05)


def test_compute_of_the_records_doubles_in_seven_to_ten_months() -> None:
    points = sorted(point for point in drawn(plot_training_flops()) if point[0] > 2020)
    best = [p for p in points if p[1] >= max(y for x, y in points if x <= p[0])]

    def doubling(rows) -> float:
        logs = [math.log2(y) for _, y in rows]
        return 12 / statistics.linear_regression([x for x, _ in rows], logs).slope

    without = [doubling([p for p in best if p != left]) for left in best]
    assert len(best) == 7
    assert doubling(best) == pytest.approx(8.2, abs=0.05)
    assert min(without) == pytest.approx(7.1, abs=0.05)
    assert max(without) == pytest.approx(10.5, abs=0.05)
    start, first = find_model("GPT-3 175B").decimal_year, best[0][1]
    assert all(y < 1.01 * first * 2 ** (12 * (x - start) / 7.2) for x, y in best)


def test_the_dashed_line_is_too_high() -> None:
    palm, llama = find_model("PaLM 540B"), find_model("Llama 3.1 405B")
    line = palm.params_total * 2 ** (40 / growth("GPT-1", "PaLM 540B"))
    assert line / 671e9 == pytest.approx(1_200, rel=0.05), "DeepSeek-V3"
    assert line / 1.04e12 == pytest.approx(800, rel=0.01), "Kimi K2"
    assert 6 * 20 * line**2 / flops(llama) == pytest.approx(2e6, rel=0.1)
    assert 2 * line / 1e15 == pytest.approx(1.7, abs=0.05), "petabytes in 16 bits"
    assert 2 * line / 80e9 == pytest.approx(20_700, rel=0.01), "chips of 80 GB"


def test_names_stand_without_the_size() -> None:
    axes = plot_sizes(names={"GPT-3 175B": "left", "GPT-2 XL": "below"})
    assert written(axes) == ["GPT-3", "GPT-2", "size not published"]


def test_only_what_is_named_has_a_color() -> None:
    axes = plot_sizes(names={"Gopher": "right"})
    colors = {line.get_color() for line in axes.lines if line.get_marker() == "o"}
    assert len(colors) == 2
    assert not axes.get_legend_handles_labels()[1]


def test_ratios_are_those_of_large_dense_decoders() -> None:
    heights = sorted(y for _, y in drawn(plot_token_ratios(least=200e9)))
    assert heights == pytest.approx([0.509, 1.071, 1.443, 38.52], rel=1e-3)
    assert len(drawn(plot_token_ratios())) > 10


@pytest.mark.parametrize(
    ("plot", "name"),
    [
        (plot_sizes, "GPT-4"),
        (plot_token_ratios, "GPT-2 XL"),
        (plot_training_flops, "GPT-2 XL"),
    ],
)
def test_what_is_not_published_has_no_name_on_a_chart(plot, name: str) -> None:
    with pytest.raises(ValueError, match=f"'{name}' has nothing published"):
        plot(names={name: "left"})
