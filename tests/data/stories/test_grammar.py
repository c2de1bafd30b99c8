import math

import pytest

from llm_foundations.data.stories.grammar import (
    END,
    Choice,
    NotInLanguage,
    weights_entropy,
)

ANIMALS = Choice([("cat", 1, "c"), ("dog", 2, "d"), ("cow", 5, "c")])


def test_options_are_found_where_they_stand() -> None:
    found = [ANIMALS.match("a dog, a cow", position) for position in (2, 9, 0, 12)]
    assert [None if i is None else ANIMALS.texts[i] for i in found] == [
        *("dog", "cow", None, None)
    ]


def test_an_option_longer_than_the_rest_does_not_match() -> None:
    assert ANIMALS.match("co", 0) is None


def test_the_total_leaves_banned_values_out() -> None:
    assert ANIMALS.total == 8
    assert ANIMALS.total_without(["c"]) == 2
    assert ANIMALS.total_without(["c", "unknown"]) == 2


def test_entropy_by_hand() -> None:
    # 1/2 ln 2 + 2 · 1/4 ln 4 = 3/2 ln 2
    assert weights_entropy([2, 1, 1]) == pytest.approx(1.5 * math.log(2))
    assert Choice([("only", 7, 0)]).entropy == 0.0


def test_options_must_differ_before_one_ends() -> None:
    with pytest.raises(ValueError, match="'cats' begins with another option, 'cat'"):
        Choice([("cats", 1, 0), ("dog", 1, 1), ("cat", 1, 2)])
    with pytest.raises(ValueError, match="'cat' begins with another option, 'cat'"):
        Choice([("cat", 1, 0), ("cat", 1, 1)])


@pytest.mark.parametrize("weight", [0, -1])
def test_weights_must_be_positive(weight: int) -> None:
    with pytest.raises(ValueError, match=f"weights must be positive, got {weight}"):
        Choice([("cat", weight, 0), ("dog", 1, 1)])


def test_a_choice_needs_an_option() -> None:
    with pytest.raises(ValueError, match="at least one option"):
        Choice([])


def test_the_error_says_where_and_what_is_likely() -> None:
    expected = {letter: 1 / 8 for letter in "abcdef"} | {END: 1 / 4}
    error = NotInLanguage(7, expected, "xyz")
    assert (error.position, error.expected) == (7, expected)
    assert str(error) == (
        "character 7: 'xyz', expected the end, 'a', 'b', 'c', 'd' or 2 more"
    )
    assert str(NotInLanguage(3, {})) == "character 3: the end, expected nothing"
