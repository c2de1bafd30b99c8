import pytest

from tests.facts.published_energy import computed

COMPUTED = dict(computed())


@pytest.mark.parametrize(
    ("row_id", "by_hand"),
    [
        ("r0718", 274_120 * 1515.43 * 1.58 / 1000),  # Strubell's search, kWh
        ("r0719", 656_347 * 0.954),  # its pounds
        ("r0731", 10_000 * 14.8 * 24 * 330 * 1.10 / 1e6),  # GPT-3, MWh
        ("r0732", 1287 * 0.429),  # its tonnes
        ("r0735", 1_082_990 * 0.4),  # BLOOM, kWh
        ("r0739", 24.69 + 14.6 + 11.2),
        ("r0754", 82_432 * 0.4 * 1.1 / 1000),  # LLaMA-7B, MWh
        ("r0771", 1_720_320 / 184_320 * 31.22),  # Llama 2 70B from 7B
        ("r0778", 1.3e6 + 6.4e6),
        ("r0792", 30.84e6 * 0.7 / 1e6),
        ("r0800", 8 * 175e9 * 300e9 / (1024 * 140e12) / 86400),
    ],
)
def test_the_products_by_hand(row_id: str, by_hand: float) -> None:
    assert COMPUTED[row_id][0].middle == pytest.approx(by_hand, rel=0.01)


def test_a_price_has_two_ends() -> None:
    low, high = COMPUTED["r0720"]
    assert low.middle == pytest.approx(8 * 274_120 * 0.43)
    assert high.middle == pytest.approx(8 * 274_120 * 1.46)


def test_the_34b_model_of_llama_2_ran_at_350_watts() -> None:
    released = 184_320 + 368_640 + 1_720_320
    hours = released + (3_311_616 - released) * 350 / 400
    (tonnes,) = COMPUTED["r0773"]
    assert tonnes.middle == pytest.approx(31.22 / 184_320 * hours)
    assert tonnes.low < 539.0 < tonnes.high
