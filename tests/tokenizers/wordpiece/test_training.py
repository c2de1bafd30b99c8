import math
from collections import Counter

from hypothesis import given, settings, strategies as st

from llm_foundations.tokenizers.wordpiece.training import learn_pieces, likelihood_gain


def log_likelihood(text: list[str]) -> float:
    counts = Counter(text)
    return sum(n * math.log(n / len(text)) for n in counts.values())


def merged(text: list[str], left: str, right: str) -> list[str]:
    return " ".join(text).replace(f"{left} {right}", left + right).split()


@settings(deadline=None)
@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=30))
def test_the_gain_is_what_the_merge_adds_to_the_likelihood(text: list[str]) -> None:
    after = merged(text, "a", "b")
    gain = likelihood_gain(
        after.count("ab"), text.count("a"), text.count("b"), len(text)
    )
    assert math.isclose(
        gain, log_likelihood(after) - log_likelihood(text), abs_tol=1e-9
    )


def test_rare_pieces_that_belong_together_go_before_frequent_neighbours() -> None:
    # "a" and "b" meet most often, but each has ten other neighbours; "q" is never
    # without "u".
    others = {f"a{c}": 5 for c in "cdefghijkl"} | {f"{c}b": 5 for c in "cdefghijkl"}
    pieces = learn_pieces({"ab": 10, "qu": 9} | others, 24 + 1)
    assert pieces[-1] == "qu"


def test_each_character_is_a_piece_at_the_start_or_inside_as_it_occurs() -> None:
    assert learn_pieces({"aba": 1, "b": 1}, 0) == ["##a", "##b", "a", "b"]
    assert learn_pieces({}, 10) == []


def test_equal_letters_in_a_row_are_counted_as_merges_not_as_pairs() -> None:
    pieces = learn_pieces({"baaaa": 50, "b": 3}, 20)
    assert "##aa" in pieces
    assert len(set(pieces)) == len(pieces)
