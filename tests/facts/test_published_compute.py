import pytest

from tests.facts.published_compute import computed

COMPUTED = dict(computed())


@pytest.mark.parametrize(
    ("row_id", "by_hand"),
    [
        ("r0219", 6 * 174.6e9 * 300e9),  # GPT-3 175B
        ("r0211", 3 * 11e9 * 1e12),  # T5-11B: one stack a token
        ("r0203", 6 * 109e6 * 250e9),  # BERT-Base, as GPT-3's paper books it
        ("r0222", 0.6 * 300 / 410),  # epochs of Common Crawl
        ("r0643", 6 * 400e6 * 8e9),
        ("r0671", 6 * 175e9 * 12e12),  # the misprint
        ("r0612", 1 - 0.73),
    ],
)
def test_the_products_by_hand(row_id: str, by_hand: float) -> None:
    (interval,) = COMPUTED[row_id]
    assert interval.low < by_hand * 1.0001
    assert interval.high > by_hand * 0.9999
    assert interval.middle == pytest.approx(by_hand, rel=0.01)


def test_the_tables_are_whole() -> None:
    assert {f"r0{n}" for n in range(203, 220)} <= set(COMPUTED)
    assert {f"r0{n}" for n in range(642, 696)} - set(COMPUTED) == {"r0642", "r0644"}
