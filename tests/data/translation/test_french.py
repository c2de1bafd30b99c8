import pytest

from llm_foundations.data.translation import french
from llm_foundations.data.translation.french import agreed, elided, with_adjective

NOUNS = {n.english: n for n in french.ANIMALS + french.PEOPLE + french.THINGS}
ADJECTIVES = {a.english: a for a in french.ADJECTIVES + french.MOODS}


@pytest.mark.parametrize(
    ("word", "following", "together"),
    [
        ("le", "chat", "le chat"),
        ("la", "étoile", "l'étoile"),
        ("le", "œuf", "l'œuf"),
        ("le", "hibou", "le hibou"),
        ("que", "un chat", "qu'un chat"),
        ("ne", "est", "n'est"),
        ("de", "ours", "d'ours"),
    ],
)
def test_elision(word: str, following: str, together: str) -> None:
    assert elided(word, following) == together


def test_participles_agree() -> None:
    forms = [agreed("parti", g, p) for g in ("m", "f") for p in (False, True)]
    assert forms == ["parti", "partis", "partie", "parties"]


@pytest.mark.parametrize(
    ("noun", "adjective", "singular", "plural"),
    [
        ("cat", "small", "petit chat", "petits chats"),
        ("mouse", "white", "souris blanche", "souris blanches"),
        ("bird", "old", "vieil oiseau", "vieux oiseaux"),
        ("bird", "beautiful", "bel oiseau", "beaux oiseaux"),
        ("bird", "blue", "oiseau bleu", "oiseaux bleus"),
        ("bee", "beautiful", "belle abeille", "belles abeilles"),
        ("horse", "happy", "cheval heureux", "chevaux heureux"),
        ("kite", "green", "cerf-volant vert", "cerfs-volants verts"),
        ("owl", "quiet", "hibou tranquille", "hiboux tranquilles"),
        ("queen", "curious", "reine curieuse", "reines curieuses"),
    ],
)
def test_adjectives_agree_on_their_side(
    noun: str, adjective: str, singular: str, plural: str
) -> None:
    words = (NOUNS[noun], ADJECTIVES[adjective])
    assert with_adjective(*words, plural=False) == singular
    assert with_adjective(*words, plural=True) == plural


def test_a_noun_alone() -> None:
    assert with_adjective(NOUNS["bear"], None, plural=True) == "ours"


def test_words_differ() -> None:
    verbs = french.TRANSITIVE + french.INTRANSITIVE
    assert len(NOUNS) == len(french.ANIMALS + french.PEOPLE + french.THINGS)
    assert len({verb.past for verb in verbs}) == len(verbs)
