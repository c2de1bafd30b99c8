import math

import pytest

from llm_foundations.data.corpus import quality
from llm_foundations.data.corpus.corpora import dirty_corpus
from llm_foundations.data.corpus.quality import (
    GOPHER_RULES,
    QUALITY_RULES,
    Rule,
    failed_rules,
)
from tests.data.measures import score

GOOD = next(d.text for d in dirty_corpus() if d.id == "clean-lighthouse")


def test_precision_and_recall_on_the_labelled_corpus() -> None:
    documents = [
        d for d in dirty_corpus() if d.part != "personal" and d.dirt != "foreign"
    ]
    dirt = {d.id for d in documents if d.dirt}
    result = score(dirt, {d.id for d in documents if failed_rules(d.text)})
    assert result.precision >= 30 / 45
    assert result.recall >= 30 / 40
    # What reads like prose passes, whatever it says.
    assert {"dirt-fluent-spam", "dirt-ocr", "dirt-mojibake"} <= {*result.missed}
    # Verse, lists and figures look like dirt.
    assert {"good-haiku", "good-recipe", "good-refrain"} <= {*result.wrong}


@pytest.mark.parametrize(
    ("measure", "text", "value"),
    [
        (quality.word_count, "one two  three", 3),
        (quality.mean_word_length, "a bcd", 2.0),
        (quality.hash_signs_per_word, "#a b ##c d", 0.75),
        (quality.ellipses_per_word, "a... b… c", 2 / 3),
        (quality.bullet_line_share, "- a\n\n  * b\nc\nd", 0.5),
        (quality.ellipsis_line_share, "a...\nb…\nc\nd ", 0.5),
        (quality.alphabetic_word_share, "a 1 2b --", 0.5),
        (quality.stop_word_count, "The the THE of off", 2),
    ],
)
def test_measures_by_hand(measure, text: str, value: float) -> None:
    assert measure(text) == pytest.approx(value)
    assert measure("") == 0


def test_limits_themselves_pass_and_what_is_beyond_does_not() -> None:
    rule = quality.Rule("words", quality.word_count, least=2, most=3)
    texts = ("a", "a b", "a b c", "a b c d")
    assert [rule.passes(text) for text in texts] == [False, True, True, False]


def test_good_prose_passes_and_each_damage_is_named() -> None:
    assert failed_rules(GOOD) == {}
    assert list(failed_rules("- " + GOOD, QUALITY_RULES)) == ["lines with a bullet"]
    assert "hash signs a word" in failed_rules(GOOD.replace(" ", " #"))
    assert "ellipses a word" in failed_rules(GOOD.replace(" ", "... "))
    assert "words" in failed_rules(GOOD[:100])
    assert "characters in duplicate 10-grams" in failed_rules(GOOD + " " + GOOD)
    assert "duplicate lines" in failed_rules((GOOD + "\n") * 2)


def test_the_limits_are_those_of_the_paper() -> None:
    limits = {rule.name: (rule.least, rule.most) for rule in GOPHER_RULES}
    assert limits == {
        "words": (50, 100_000),
        "mean word length": (3, 10),
        "hash signs a word": (0, 0.1),
        "ellipses a word": (0, 0.1),
        "lines with a bullet": (0, 0.9),
        "lines ending in an ellipsis": (0, 0.3),
        "words with a letter": (0.8, math.inf),
        "stop words": (2, math.inf),
        "duplicate lines": (0, 0.30),
        "duplicate paragraphs": (0, 0.30),
        "characters in duplicate lines": (0, 0.20),
        "characters in duplicate paragraphs": (0, 0.20),
        "characters in the top 2-gram": (0, 0.20),
        "characters in the top 3-gram": (0, 0.18),
        "characters in the top 4-gram": (0, 0.16),
        "characters in duplicate 5-grams": (0, 0.15),
        "characters in duplicate 6-grams": (0, 0.14),
        "characters in duplicate 7-grams": (0, 0.13),
        "characters in duplicate 8-grams": (0, 0.12),
        "characters in duplicate 9-grams": (0, 0.11),
        "characters in duplicate 10-grams": (0, 0.10),
    }


@pytest.mark.parametrize(("least", "most"), [(2, 1), (math.nan, 1), (0, math.nan)])
def test_limits_that_nothing_passes(least: float, most: float) -> None:
    with pytest.raises(ValueError, match=f"words: least .* got {least} and {most}"):
        Rule("words", len, least, most)
