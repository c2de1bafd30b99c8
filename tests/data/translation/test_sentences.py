import re

import pytest

from llm_foundations.data.stories.grammar import NotInLanguage
from llm_foundations.data.stories.partition import split_of
from llm_foundations.data.translation.sentences import entropy, pairs, read


@pytest.mark.parametrize(
    ("english", "translated"),
    [
        ("The cat chased the mouse.", "Le chat a poursuivi la souris."),
        ("The owl saw the old bird.", "Le hibou a vu le vieil oiseau."),
        ("Two hens left.", "Deux poules sont parties."),
        ("The bird did not arrive.", "L'oiseau n'est pas arrivé."),
        ("The queens never sang.", "Les reines n'ont jamais chanté."),
        (
            "The frog often looked for a key.",
            "La grenouille a souvent cherché une clé.",
        ),
        ("The fox never saw an old bear.", "Le renard n'a jamais vu de vieil ours."),
        ("The fox did not find a key.", "Le renard n'a pas trouvé de clé."),
        (
            "The dog found two apples and hid them.",
            "Le chien a trouvé deux pommes et les a cachées.",
        ),
        (
            "The wolves heard the queen and followed her.",
            "Les loups ont entendu la reine et l'ont suivie.",
        ),
        ("Did a bear see the star?", "Est-ce qu'un ours a vu l'étoile ?"),
        ("Did the mice come back?", "Est-ce que les souris sont revenues ?"),
        ("The small bees are hungry.", "Les petites abeilles sont affamées."),
        ("The king lost his old key.", "Le roi a perdu sa vieille clé."),
        ("The queen lost her book.", "La reine a perdu son livre."),
        ("The goat lost its star.", "La chèvre a perdu son étoile."),
        ("The boys lost their white hat.", "Les garçons ont perdu leur chapeau blanc."),
        (
            "The horse slept near the bank of the river.",
            "Le cheval a dormi près de la rive du fleuve.",
        ),
        (
            "The horse slept near the bank in the town.",
            "Le cheval a dormi près de la banque de la ville.",
        ),
    ],
)
def test_translations(english: str, translated: str) -> None:
    assert read(english).french == translated


@pytest.mark.parametrize(
    ("english", "position"),
    [
        ("The cat chased the mouse", 24),
        ("The cat chased the mouse. ", 25),
        ("The cats is happy.", 9),
        ("The king lost her key.", 15),
        ("The dragon slept.", 5),
        ("An cat slept.", 3),
    ],
)
def test_what_is_no_sentence(english: str, position: int) -> None:
    with pytest.raises(NotInLanguage) as stop:
        read(english)
    assert stop.value.position == position


def test_every_pair_reads_as_it_was_written() -> None:
    for split in ("train", "validation"):
        for pair in pairs(split, 2000):
            assert read(pair.english) == pair
            assert split_of(pair.english) == split


def test_french_spelling() -> None:
    """No vowel after a word that elides, no *qu* left open, capitals and marks."""
    for pair in pairs("train", 2000):
        assert not re.search(r"\b(le|la|de|ne|que) [aeiouéèêœ]", pair.french, re.I)
        assert re.fullmatch(r"[A-ZÉ].*(\.| \?)", pair.french)
        assert "  " not in pair.french
        assert pair.french.endswith("?") == pair.english.endswith("?")


def test_sentences_are_many() -> None:
    assert 14 < entropy(500).nats < 17
    assert len({pair.english for pair in pairs("train", 2000)}) > 1700
