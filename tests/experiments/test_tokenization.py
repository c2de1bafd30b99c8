"""What the lesson on tokenization says of spaces, units and languages."""

import re
from collections import Counter

import pytest

from llm_foundations.data import Language
from llm_foundations.experiments import (
    SENTENCES,
    Storyteller,
    healed_tokens,
    next_tokens_after,
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


WIDE, NARROW = (
    dict(zip((257, 400, 1024, 2048), orders, strict=True))
    for orders in ((16, 12, 8, 6), (10, 10, 8, 6))
)


def test_per_token_vocabularies_differ_and_per_character_they_hardly_do() -> None:
    found = ngram_losses(WIDE, n_train=500, n_test=50)
    assert [round(loss.per_token, 2) for loss in found] == [0.35, 0.71, 1.18, 1.44]
    characters = [loss.per_character for loss in found]
    assert characters == pytest.approx([0.349, 0.349, 0.343, 0.344], abs=6e-4)


def test_with_few_stories_bytes_come_first_per_character() -> None:
    found = [loss.per_character for loss in ngram_losses(WIDE, 200, 50)]
    assert found == sorted(found)
    assert (round(found[0], 3), round(found[-1], 3)) == (0.458, 0.476)


@pytest.mark.parametrize("n_train", [200, 500])
def test_with_a_short_context_bytes_come_last_per_character(n_train: int) -> None:
    found = [loss.per_character for loss in ngram_losses(NARROW, n_train, 50)]
    assert max(found) == found[0]


def test_a_larger_share_of_the_text_makes_arabic_cheaper() -> None:
    mixed = token_counts(SENTENCES, 450)
    more = token_counts([*SENTENCES, "Arabic", "Arabic"], 450)
    assert more["Arabic"] < mixed["Arabic"]
    assert more["English"] > mixed["English"]


ANSWERS = {
    "Carla": "Carla",
    "Mary": "Marigold",
    "Emma": "Ernest",
    "Ottilie": "Barnaby",
    "Alfred": "Murlio",
    "Rufina": "Barnaby",
}


@pytest.mark.parametrize(("name", "answer"), ANSWERS.items())
def test_the_answers_of_the_lesson(name: str, answer: str) -> None:
    teller = Storyteller()
    story = f"There sat {name} the donkey. Whom did Gilbert meet?"
    assert teller.answer(story).text == answer
    chance = teller.next_tokens(story)[teller.tokens(f" {name}")[0]]
    assert chance == pytest.approx(float(answer[0] == name[0]), abs=2e-3)


def test_tokens_after_a_text_need_not_be_as_the_tokenizer_splits_them() -> None:
    teller, start = Storyteller(), "Once there was a duck named Pip. He lived on"
    after = next_tokens_after(teller, start)
    known = teller.next_tokens(f"{start} a")
    assert after([" a"]) == pytest.approx(known, abs=1e-5)
    assert after([" ", "a"]) != pytest.approx(known, abs=1e-5)


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
        assert not ANSWERS.keys() & {*re.findall(r"\w+", story)}
    unseen = [token for token, i in tokenizer.vocabulary.items() if i not in seen]
    sizes = Counter(len(token) == 1 for token in unseen)
    assert sizes == {True: 222, False: 110}
    for name in ANSWERS:
        ids = tokenizer.encode_ordinary(f" {name}")
        assert (seen[ids[0]] > 0) == (ANSWERS[name][0] == name[0])
        assert seen[ids[0]] == 0 or all(seen[i] for i in ids)
