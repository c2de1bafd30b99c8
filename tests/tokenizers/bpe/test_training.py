import json
from collections import Counter
from itertools import chain, pairwise
from typing import get_args

import pytest
from hypothesis import given, settings, strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from llm_foundations.tokenizers.bpe.byte_alphabet import read_bytes
from llm_foundations.tokenizers.bpe.split_patterns import GPT2_PATTERN, Splitter
from llm_foundations.tokenizers.bpe.training import (
    Merge,
    PairCounts,
    Symbols,
    Ties,
    learn_merges,
    learn_merges_plainly,
    pairs_of,
)

WORDS = st.dictionaries(
    st.text("abé", min_size=1, max_size=12), st.integers(1, 5), max_size=8
)


def test_merges_by_hand() -> None:
    # Gage's example: aa is Z, then ab is Y, then ZY is X.
    merges = learn_merges({"aaabdaaabac": 1}, 256 + 3)
    assert merges == [(b"a", b"a"), (b"a", b"b"), (b"aa", b"ab")]


def test_equal_counts_go_to_the_smaller_first_id_then_the_second() -> None:
    assert learn_merges({"zy": 1, "ab": 1, "aa": 1}, 257) == [(b"a", b"a")]
    # The merged "ab" has the id 256, after every byte: "c" comes first.
    assert learn_merges({"abz": 2, "cz": 2}, 258)[1] == (b"c", b"z")


@settings(deadline=None, max_examples=200)
@given(counts=WORDS, n=st.integers(256, 280), ties=st.sampled_from(get_args(Ties)))
def test_recounting_only_what_changed_gives_the_same(counts, n: int, ties) -> None:
    assert learn_merges(counts, n, ties) == learn_merges_plainly(counts, n, ties)


@settings(deadline=None)
@given(counts=WORDS)
def test_no_token_is_learned_twice(counts) -> None:
    tokens = [left + right for left, right in learn_merges(counts, 300)]
    assert len(set(tokens)) == len(tokens)


def library_merges(words: list[str], vocab_size: int) -> list[Merge]:
    tokenizer = Tokenizer(models.BPE())
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = byte_level
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        initial_alphabet=byte_level.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(words, trainer)
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return [(read_bytes(left), read_bytes(right)) for left, right in merges]


def cs336_merges(words: list[str], vocab_size: int) -> list[Merge]:
    """As the assignment states it: `max` over counts, then over pairs of bytes."""
    texts = [[bytes([byte]) for byte in word.encode()] for word in words]
    merges: list[Merge] = []
    while len(merges) < vocab_size - 256:
        counts = Counter(chain(*map(pairwise, texts)))
        if not counts:
            break
        best = max(counts, key=lambda pair: (counts[pair], pair))
        merges.append(best)
        for text in texts:
            place = 0
            while place < len(text) - 1:
                if (text[place], text[place + 1]) == best:
                    text[place : place + 2] = [best[0] + best[1]]
                place += 1
    return merges


REFERENCES = pytest.mark.parametrize(
    ("ties", "reference"), [("tokenizers", library_merges), ("bytes", cs336_merges)]
)


@REFERENCES
@settings(deadline=None, max_examples=300)
@given(
    words=st.lists(st.text("ab éZ~", min_size=1, max_size=12), max_size=8),
    n_merges=st.integers(0, 25),
)
def test_each_rule_is_its_references(ties: Ties, reference, words, n_merges) -> None:
    n_tokens = 256 + n_merges
    assert learn_merges(Counter(words), n_tokens, ties) == reference(words, n_tokens)


def test_the_library_learns_the_same_merges_from_prose(prose: str) -> None:
    pieces = Splitter(GPT2_PATTERN).split(prose)
    expected = library_merges(pieces, 1500)
    assert learn_merges(Counter(pieces), 1500, "tokenizers") == expected
    # The space has another place among the bytes, which shows at the first tie.
    assert learn_merges(Counter(pieces), 1500, "ids") != expected


def test_cs336_learns_the_same_merges_from_prose(prose: str) -> None:
    pieces = Splitter(GPT2_PATTERN).split(prose[:10_000])
    assert learn_merges(Counter(pieces), 400, "bytes") == cs336_merges(pieces, 400)


def test_ties_by_hand() -> None:
    counts = {" z": 1, "az": 1, "zA": 1, "ab": 1, "abc": 1}
    # Twice there is "ab", then all others tie. The space is the smallest byte, and
    # in the alphabet of visible characters the greatest.
    assert learn_merges(counts, 258, "ids") == [(b"a", b"b"), (b" ", b"z")]
    assert learn_merges(counts, 258, "tokenizers") == [(b"a", b"b"), (b"a", b"z")]
    assert learn_merges(counts, 258, "bytes") == [(b"a", b"b"), (b"z", b"A")]
    assert learn_merges({"ab": 1, "abc": 1, "a": 1}, 258, "bytes")[1] == (b"ab", b"c")
    with pytest.raises(ValueError, match="ties='first' is none of 'ids'"):
        learn_merges({"ab": 1}, 257, "first")  # type: ignore[arg-type]


def test_training_stops_when_nothing_is_left() -> None:
    assert learn_merges({"ab": 3, "c": 1}, 1000) == [(b"a", b"b")]
    assert learn_merges({}, 1000) == []


def test_a_long_run_of_one_letter_is_no_trouble() -> None:
    merges = learn_merges({"a" * 200_000: 1}, 256 + 10)
    assert [len(left + right) for left, right in merges] == [2**i for i in range(1, 11)]


def test_pair_counts_stay_right() -> None:
    pairs = PairCounts({"abab": 2, "aab": 1})
    assert pairs.pop_most_frequent() == "ab"
    assert pairs.merge("ab", "X") == 5
    assert {p: n for p, n in pairs.counts.items() if n} == {"XX": 2, "aX": 1}


def test_symbols_follow_the_order_of_the_rule() -> None:
    assert Symbols("ids").word(" a") == " a"
    symbols = Symbols("tokenizers")
    assert symbols.word("!") == "\x00"
    assert symbols.word(" ") > symbols.word("z")
    assert symbols.pair(symbols.word("a ")) == (b"a", b" ")
    assert symbols.add(b"a ") == chr(256)
    assert len(symbols) == 257


def test_pairs_are_neighbours() -> None:
    assert list(pairs_of("abc")) == ["ab", "bc"]
    assert list(pairs_of("a")) == []
