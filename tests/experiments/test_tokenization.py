"""What the lesson on tokenization says of spaces, units and languages."""

from collections import Counter

import pytest

from llm_foundations.data import Language
from llm_foundations.experiments import (
    SENTENCES,
    Storyteller,
    healed_tokens,
    ngram_losses,
    space_hits,
    token_counts,
)


def test_the_languages_have_the_same_number_of_sentences() -> None:
    assert {len(sentences) for sentences in SENTENCES.values()} == {24}


def test_without_merges_each_byte_is_a_token() -> None:
    sizes = {k: len("".join(v).encode()) for k, v in SENTENCES.items()}
    assert token_counts(["French"], vocab_size=257) == sizes


@pytest.mark.parametrize("vocab_size", [400, 450, 486])
def test_a_mixture_costs_english_a_little_and_spares_the_others(
    vocab_size: int,
) -> None:
    english = token_counts(["English"], vocab_size)
    mixed = token_counts(SENTENCES, vocab_size)
    assert english["Arabic"] == 1186 > 2.4 * english["English"]
    assert english["English"] < mixed["English"] < 1.25 * english["English"]
    assert mixed["Arabic"] < 1.05 * mixed["English"]


def test_healing_takes_back_the_last_token() -> None:
    found = healed_tokens(
        Storyteller(), "Once there was a duck named Pip. He lived on a "
    )
    assert sum(found.values()) == pytest.approx(1)
    assert found["h"] > 0.99
    assert all(not token.startswith(" ") for token, p in found.items() if p > 1e-3)


def test_after_a_space_nothing_is_guessed_until_it_is_healed() -> None:
    hits = space_hits(4, "test")
    assert hits["space"] < hits["no space"] == hits["space, healed"]


@pytest.mark.ci
def test_the_numbers_of_the_lesson_on_a_space() -> None:
    assert space_hits(200, "test") == {
        "no space": 170,
        "space": 2,
        "space, healed": 170,
    }


@pytest.mark.parametrize("n_train", [200, 500])
def test_the_smallest_vocabulary_wins_per_token_and_loses_per_character(
    n_train: int,
) -> None:
    found = ngram_losses({257: 10, 400: 10, 1024: 8}, n_train, n_test=20)
    assert found[0] == min(found, key=lambda loss: loss.per_token)
    assert found[0] == max(found, key=lambda loss: loss.per_character)


@pytest.mark.ci
def test_the_counts_of_the_lesson_in_stories() -> None:
    language, tokenizer = Language("small"), Storyteller().tokenizer
    new = [*language.documents("validation", 300)]
    n_tokens = sum(len(tokenizer.encode_ordinary(story)) for story in new)
    assert (round(n_tokens / 300), round(sum(map(len, new)) / 300)) == (159, 544)
    assert round(sum(len(story) > 384 for story in new) / 300, 2) == 0.98
    seen: Counter[int] = Counter()
    for story in language.documents("train", 20_000):
        seen.update(tokenizer.encode_ordinary(story))
    unseen = [token for token, i in tokenizer.vocabulary.items() if i not in seen]
    sizes = Counter(len(token) == 1 for token in unseen)
    assert sizes == {True: 222, False: 110}
