import math
import unicodedata

import pytest

from llm_foundations.data.corpus.corpora import dirty_corpus
from llm_foundations.data.corpus.stop_words import function_word_shares, guess_language
from tests.data.measures import score

DOCUMENTS = [
    d for d in dirty_corpus() if d.part != "personal" and d.dirt in (None, "foreign")
]


def test_precision_and_recall_on_the_labelled_corpus() -> None:
    foreign = {d.id for d in DOCUMENTS if d.language != "en"}
    result = score(foreign, {d.id for d in DOCUMENTS if guess_language(d.text) != "en"})
    assert result.precision >= 11 / 12
    assert result.recall >= 11 / 12
    assert set(result.missed) <= {"foreign-french-titles"}  # full of English titles
    assert set(result.wrong) <= {"good-no-stops"}  # English without function words


@pytest.mark.parametrize("language", ["fr", "de", "es", "it", "nl", "pt", "la"])
def test_each_language_is_named(language: str) -> None:
    text = next(d.text for d in DOCUMENTS if d.language == language)
    assert guess_language(text) == language


def test_shares_by_hand() -> None:
    shares = function_word_shares("The cat, and THE dog!")
    assert shares["en"] == 0.6
    assert function_word_shares("")["en"] == 0
    assert guess_language("The cat, and the dog!", least=0.61) is None


@pytest.mark.parametrize("least", [-0.1, 1.1, math.nan])
def test_a_share_out_of_range(least: float) -> None:
    with pytest.raises(ValueError, match=f"least must be .* got {least}"):
        guess_language("Der Hund", least)


def test_accents_may_be_characters_of_their_own() -> None:
    text = "Le chat a été là où elle était à la maison"
    apart = unicodedata.normalize("NFD", text)
    assert function_word_shares(apart) == function_word_shares(text)
