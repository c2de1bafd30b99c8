"""Cleaned stories are read, and the mistakes of sentence splitters are counted."""

import unicodedata
from collections.abc import Callable

import pytest

from llm_foundations.data.stories.language import Language
from llm_foundations.experiments.cleaning import (
    CLEANINGS,
    LOOKALIKES,
    PASSAGES,
    READINGS,
    STOP_WORDS,
    read_cleaned,
    remove_punctuation,
    remove_stop_words,
    sentence_errors,
)
from llm_foundations.experiments.what_is_an_llm import Storyteller, asked
from llm_foundations.tokenizers.normalization import split_sentences

TELLER, LANGUAGE = Storyteller(), Language("small")


def test_lookalikes_are_cyrillic_letters_that_no_normal_form_merges() -> None:
    for latin, cyrillic in LOOKALIKES.items():
        assert unicodedata.name(latin).startswith("LATIN")
        assert unicodedata.name(cyrillic).startswith("CYRILLIC")
        assert latin.isupper() == cyrillic.isupper()
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            assert unicodedata.normalize(form, cyrillic) != latin


def test_stop_words_are_removed_whatever_their_case() -> None:
    assert len(STOP_WORDS) == 127
    assert remove_stop_words("The goat was here, and HE slept.") == "goat , slept."
    assert remove_stop_words("Theo is an otter") == "Theo otter"


def test_punctuation_is_removed_and_white_space_kept() -> None:
    assert remove_punctuation("Oh, no!\n“Why?”  x_1") == "Oh no\nWhy  x_1"


def test_boundaries_are_counted() -> None:
    passages = [["Dr. Li ran.", "Why?"], ["No.", "Yes.", "So."]]
    assert sentence_errors(lambda text: [text], passages) == (3, 0)
    assert sentence_errors(lambda text: text.split(" "), passages) == (0, 2)
    assert sentence_errors(lambda text: iter(["No. Yes.", "So."]), passages[1:]) == (
        1,
        0,
    )
    assert all(len(passage) == 2 for passage in PASSAGES)


def test_split_sentences_makes_four_mistakes() -> None:
    found = [split_sentences(" ".join(passage)) for passage in PASSAGES]
    wrong = [cut for cut, right in zip(found, PASSAGES, strict=True) if cut != [*right]]
    assert wrong == [
        ['"Is it raining?"', "she asked.", '"No," he said.'],
        ["Bring pens, paper, etc. Don't be late."],
        ["I was born in the U.S. My brother wasn't."],
        ["Gen.", "Ada Fox waved.", "We waved back."],
    ]


def test_a_reading_counts_nats_and_answers() -> None:
    stories = [*LANGUAGE.documents("validation", 2)]
    questions = [*asked(LANGUAGE, 1)]
    plain = read_cleaned(TELLER, str, stories, questions)
    mean = sum(sum(TELLER.surprisals(story)) for story in stories) / 2
    assert plain.nats == pytest.approx(mean)
    assert plain[1:] == (1, 2)
    assert read_cleaned(TELLER, lambda text: text[:9], stories, questions)[1:] == (0, 0)


@pytest.mark.ci
def test_the_stored_readings_can_be_repeated() -> None:
    stories = [*LANGUAGE.documents("validation", 100)]
    questions = [*asked(LANGUAGE, 20)]
    for name, clean in CLEANINGS.items():
        found = read_cleaned(TELLER, clean, stories, questions)
        assert found.nats == pytest.approx(READINGS[name].nats, rel=2e-3)
        assert abs(found.names - READINGS[name].names) <= 1
        assert abs(found.others - READINGS[name].others) <= 1


@pytest.mark.ci
def test_stop_words_are_missed_more_in_the_question_than_in_the_story() -> None:
    def right(clean: Callable[[str, str], str]) -> int:
        return sum(
            remove_stop_words(q.told).lower() in TELLER.answer(text).text.lower()
            for q in asked(LANGUAGE, 20)
            if q.told
            for question in [q.kind.format(q.hero)]
            for text in [clean(q.text.removesuffix(question), question)]
        )

    no_story = right(lambda story, question: remove_stop_words(story) + question)
    no_question = right(lambda story, question: story + remove_stop_words(question))
    assert no_story == pytest.approx(55, abs=1)
    assert no_question == pytest.approx(30, abs=1)


@pytest.mark.ci
def test_line_breaks_cost_308_of_1044_nats() -> None:
    breaks = total = 0.0
    for story in LANGUAGE.documents("validation", 100):
        text = CLEANINGS["line break after a period"](story)
        pairs = [*zip(TELLER.tokens(text), TELLER.surprisals(text), strict=True)]
        total += sum(nats for _, nats in pairs) / 100
        breaks += sum(nats for token, nats in pairs if token == "\n") / 100
    assert breaks == pytest.approx(308, rel=3e-3)
    assert total == pytest.approx(1044, rel=3e-3)


def test_a_line_break_cuts_the_next_word_into_other_tokens() -> None:
    assert TELLER.tokens("rain. At noon")[3:4] == [" At"]
    assert TELLER.tokens("rain.\nAt noon")[3:6] == ["\n", "A", "t"]
    assert not any("\n" in text for text in LANGUAGE.documents("train", 1000))
