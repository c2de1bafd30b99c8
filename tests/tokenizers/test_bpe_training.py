import json
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from llm_foundations.tokenizers.bpe_training import (
    PairCounts,
    learn_merges,
    learn_merges_plainly,
    pairs_of,
)
from llm_foundations.tokenizers.byte_alphabet import read_bytes
from llm_foundations.tokenizers.split_patterns import GPT2_PATTERN, Splitter

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
@given(counts=WORDS, n_merges=st.integers(0, 25))
def test_recounting_only_what_changed_gives_the_same(counts, n_merges: int) -> None:
    n_tokens = 256 + n_merges
    assert learn_merges(counts, n_tokens) == learn_merges_plainly(counts, n_tokens)


@settings(deadline=None)
@given(counts=WORDS)
def test_no_token_is_learned_twice(counts) -> None:
    tokens = [left + right for left, right in learn_merges(counts, 300)]
    assert len(set(tokens)) == len(tokens)


def library_merges(text: str, vocab_size: int) -> list[tuple[bytes, bytes]]:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        [text],
        trainers.BpeTrainer(
            vocab_size=vocab_size, initial_alphabet=alphabet, show_progress=False
        ),
    )
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return [(read_bytes(left), read_bytes(right)) for left, right in merges]


def test_the_library_learns_the_same_merges(prose: str) -> None:
    # One ASCII word a line, because the library numbers a space after the letters,
    # and ties go by number.
    text = "\n".join(word for word in prose.split() if word.isascii())
    counts = Counter(Splitter(GPT2_PATTERN).split(text))
    assert learn_merges(counts, 900) == library_merges(text, 900)


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


def test_pairs_are_neighbours() -> None:
    assert list(pairs_of("abc")) == ["ab", "bc"]
    assert list(pairs_of("a")) == []
