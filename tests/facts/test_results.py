import pytest

from llm_foundations.facts import (
    find_model,
    find_result,
    published_results,
    results_frame,
    sizes_and_scores,
)


def test_every_value_has_its_source() -> None:
    for row in published_results():
        assert row.source, row.id
        assert row.locator, row.id
        assert row.checked, row.id
        low, high = row.spread
        assert low <= high, row.id


def test_ids_are_unique_and_in_order() -> None:
    ids = [row.id for row in published_results()]
    assert ids == [f"r{n:04}" for n in range(1, len(ids) + 1)]


def test_values_become_numbers() -> None:
    assert find_result("r0731").number == 1287
    assert find_result("r0671").number == 1.26e24
    assert find_result("r0704").spread == (41, 140)
    assert find_result("r0803").spread == (50, float("inf"))
    with pytest.raises(ValueError, match="r0704 holds no single number: '41-140'"):
        _ = find_result("r0704").number


def test_a_row_from_memory_says_so() -> None:
    assert find_result("r0615").citation.endswith("Table 2 (not re-checked)")
    assert find_result("r0731").citation.endswith("arXiv 2104.10350, Table 4")


def test_an_unknown_topic_or_id_is_named() -> None:
    with pytest.raises(ValueError, match="no topic 'mmul'; there are: alignment, bert"):
        published_results("mmul")
    with pytest.raises(ValueError, match="no result 'r9999'"):
        find_result("r9999")


def test_the_frame_has_every_row() -> None:
    frame = results_frame()
    assert len(frame) == len(published_results())
    assert frame.loc["r0732", "value"] == "552.1"


def test_each_model_has_one_size_and_one_score() -> None:
    rows = sizes_and_scores()
    names = [name for name, _, _ in rows]
    assert len(names) == len(set(names)) == 18
    assert ("Llama 3.1 405B", 405_000_000_000, 84.4) in rows
    assert ("Qwen2.5-72B", 72_000_000_000, 85.0) in rows
    assert find_result("r0595").number == 85.2, "by Meta, and then no other beats it"
    for name, size, score in rows:
        assert size == find_model(name).params_total
        assert 25 < score < 100


def test_the_size_of_a_mixture_of_experts_can_be_what_a_token_uses() -> None:
    changed = set(sizes_and_scores(active=True)) - set(sizes_and_scores())
    assert changed == {
        ("DeepSeek-V2", 21_000_000_000, 78.4),
        ("DeepSeek-V3", 37_000_000_000, 87.1),
    }
