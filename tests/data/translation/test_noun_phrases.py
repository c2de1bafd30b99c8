import pytest

from llm_foundations.data.translation import french
from llm_foundations.data.translation.noun_phrases import noun_phrases

NOUNS = french.ANIMALS + french.THINGS
PHRASES = {text: it for text, _, it in noun_phrases(NOUNS, french.ADJECTIVES)}
VERBS = {verb.past: verb for verb in french.TRANSITIVE + french.INTRANSITIVE}


@pytest.mark.parametrize(
    ("english", "translated", "negated", "pronoun"),
    [
        ("the cat", "le chat", "le chat", "it"),
        ("the old bird", "le vieil oiseau", "le vieil oiseau", "it"),
        ("an apple", "une pomme", "de pomme", "it"),
        ("a beautiful star", "une belle étoile", "de belle étoile", "it"),
        ("an egg", "un œuf", "d'œuf", "it"),
        ("the mice", "les souris", "les souris", "them"),
        ("two black horses", "deux chevaux noirs", "deux chevaux noirs", "them"),
    ],
)
def test_phrases(english: str, translated: str, negated: str, pronoun: str) -> None:
    phrase = PHRASES[english]
    assert (phrase.french, phrase.negated) == (translated, negated)
    assert phrase.pronoun == pronoun


def test_a_subject_chooses_its_auxiliary() -> None:
    cat, hens = PHRASES["the cat"], PHRASES["the hens"]
    assert [cat.auxiliary(VERBS[v]) for v in ("saw", "left")] == ["a", "est"]
    assert [hens.auxiliary(VERBS[v]) for v in ("saw", "left")] == ["ont", "sont"]
    assert [hens.participle(VERBS[v]) for v in ("saw", "left")] == ["vu", "parties"]


def test_half_of_the_phrases_have_no_adjective() -> None:
    weights = {True: 0, False: 0}
    for _, weight, phrase in noun_phrases(french.THINGS, french.ADJECTIVES):
        bare = phrase.french.split(" ")[-1].split("'")[-1]
        is_bare = bare in (phrase.noun.french, phrase.noun.french_plural)
        plain = is_bare and len(phrase.french.replace("'", " ").split()) == 2
        weights[plain] += weight
    assert weights[True] == weights[False]
