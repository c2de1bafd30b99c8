"""The storyteller answers in text, words are found, and the game counts hits."""

import itertools
import lzma
import math
import random

import pytest
import torch

from llm_foundations.data.stories.language import END, Language, NotInLanguage
from llm_foundations.experiments.what_is_an_llm import (
    GAME,
    Asked,
    Certainty,
    Gap,
    Storyteller,
    asked,
    certainties,
    gaps,
    next_words,
    river_probabilities,
    shannon_game,
    word_hits,
)
from llm_foundations.models import load_storyteller

TELLER, TINY, SMALL = Storyteller(), Language("tiny"), Language("small")
STORY = next(SMALL.documents("validation"))
PIP = "Once there was a duck named Pip. He lived on a"
HERO = "Have you heard of Gilbert the goat?"


def probabilities_by_the_model(text: str) -> list[float]:
    """The probability of each token of a text and of its end, by one forward pass."""
    model, tokenizer = load_storyteller()
    end = tokenizer.special_tokens["<|endoftext|>"]
    ids = torch.tensor([[end, *tokenizer.encode_ordinary(text), end]])
    with torch.inference_mode():
        chances = model(ids)[0, :-1].softmax(-1)
    found: list[float] = chances.gather(-1, ids[0, 1:, None])[:, 0].tolist()
    return found


def test_tokens_are_pieces_of_the_text_and_its_end_is_one() -> None:
    tokens = TELLER.tokens(f"{PIP} houseboat.{END}")
    assert tokens[:4] == ["Once", " there", " was", " a"]
    assert tokens[-6:] == [" h", "ouse", "bo", "at", ".", END]
    assert "".join(tokens) == f"{PIP} houseboat.{END}"


def test_the_next_tokens_are_those_of_the_model() -> None:
    right = probabilities_by_the_model(STORY)
    text = ""
    for token, chance in zip(TELLER.tokens(STORY + END), right, strict=True):
        assert TELLER.next_tokens(text)[token] == pytest.approx(chance, abs=1e-5)
        text += token
    nats = TELLER.surprisals(STORY + END)
    assert nats == pytest.approx([-math.log(p) for p in right], abs=1e-3)


def test_the_next_tokens_add_up_to_1_and_come_in_order() -> None:
    chances = list(TELLER.next_tokens("").values())
    assert sum(chances) == pytest.approx(1, abs=1e-5)
    assert chances == sorted(chances, reverse=True)
    assert len(chances) == 896


def test_a_temperature_raises_probabilities_to_a_power() -> None:
    plain = TELLER.next_tokens("Once there was a duck named")
    sharp = TELLER.next_tokens("Once there was a duck named", temperature=0.5)
    total = sum(chance**2 for chance in plain.values())
    assert sharp[" Pip"] == pytest.approx(plain[" Pip"] ** 2 / total, rel=1e-3)
    assert sharp[" Hazel"] == pytest.approx(plain[" Hazel"] ** 2 / total, rel=1e-3)


def test_a_temperature_is_positive() -> None:
    with pytest.raises(
        ValueError, match="temperature must be a finite number greater than 0"
    ):
        TELLER.next_tokens("Once", temperature=0)


def test_a_completion_is_greedy() -> None:
    text = HERO
    for _ in range(20):
        text += next(iter(TELLER.next_tokens(text)))
    assert TELLER.complete(HERO, 20) == text.removeprefix(HERO)


def test_a_completion_ends_with_the_story() -> None:
    whole = TELLER.complete(HERO, 300)
    assert END not in whole
    assert next(iter(TELLER.next_tokens(HERO + whole))) == END


def test_an_answer_has_the_probability_of_all_its_tokens() -> None:
    text = "There sat Otto the donkey. Whom did Gilbert meet?"
    said, probability = TELLER.answer(text)
    assert said == "Otto"
    by_rule = (
        TELLER.next_tokens(text)[" Otto"] * TELLER.next_tokens(f"{text} Otto")["."]
    )
    assert probability == pytest.approx(by_rule, abs=1e-5)


def test_stories_are_drawn_from_a_seed() -> None:
    stories = TELLER.stories(3)
    assert stories == TELLER.stories(3)
    assert stories != TELLER.stories(3, seed=1)
    assert len(set(stories)) == 3
    assert all(story[0].isupper() and END not in story for story in stories)


def test_the_loop_of_the_page_writes_what_the_page_says_of_seed_34() -> None:
    draw = random.Random(34)  # type checks draw from the common source, too
    text = PIP
    while not text.endswith(END):
        chances = TELLER.next_tokens(text)
        text += draw.choices([*chances], [*chances.values()])[0]
    assert "There sat Pip the duck, who was mending a net." in text
    with pytest.raises(NotInLanguage, match="expected 'pa the '"):
        SMALL.read(text.removesuffix(END))


def test_a_word_has_the_product_of_its_tokens() -> None:
    chance, text = 1.0, PIP
    for token in [" h", "ouse", "bo", "at"]:
        chance *= TELLER.next_tokens(text)[token]
        text += token
    found = next_words(TELLER.next_tokens, PIP, 2)
    assert list(found) == ["houseboat", "hill"]
    assert found["houseboat"] == pytest.approx(chance, abs=1e-4)


def next_of_a_few(text: str) -> dict[str, float]:
    """Lead to words of several tokens: do, dog, dogs and cat, or to the end."""
    return {
        "a": {" d": 0.5, " cat": 0.3, END: 0.2},
        "a d": {"o": 1.0},
        "a do": {"g": 0.8, " ": 0.2},
        "a dog": {"s": 0.25, ".": 0.5, END: 0.25},
        "a dogs": {" ": 1.0},
        "a cat": {".": 1.0},
    }[text]


def test_words_are_found_by_the_chain_rule() -> None:
    found = next_words(next_of_a_few, "a", 5)
    right = {"dog": 0.3, "cat": 0.3, END: 0.2, "do": 0.1, "dogs": 0.1}
    assert found == pytest.approx(right)
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_the_best_word_is_found_without_reading_all() -> None:
    read = []

    def watched(text: str) -> dict[str, float]:
        read.append(text)
        return {"": {"a": 0.9, "b": 0.1}, "a": {" ": 1.0}}[text]

    assert next_words(watched, "", 1) == {"a": 0.9}
    assert read == ["", "a"]


def test_exact_words_are_those_of_the_language() -> None:
    start = "Once there was a "
    stories = [s for s in TINY.documents("train", 4000) if s.startswith(start)]
    for word, chance in next_words(TINY.continuations, start, 3).items():
        count = sum(story.split()[4] == word for story in stories)
        error = math.sqrt(chance * (1 - chance) / len(stories))
        assert count / len(stories) == pytest.approx(chance, abs=4 * error)


def test_a_number_of_words_is_positive() -> None:
    with pytest.raises(ValueError, match="n must be at least 1, got 0"):
        next_words(TELLER.next_tokens, "Once", 0)


def test_hits_are_counted_for_both_players() -> None:
    assert word_hits(TELLER, SMALL, ["Once there was a fox"]) == (4, 3, 3)


@pytest.mark.parametrize(
    ("place", "exact"), [("harbour", 0.9), ("market", 0.1), ("castle", 0.5)]
)
def test_the_place_tells_the_two_banks_apart(place: str, exact: float) -> None:
    found = river_probabilities(TELLER, SMALL, place)
    assert found[1] == pytest.approx(exact)
    assert found[0] == pytest.approx(exact, abs=0.1)


def test_the_game_is_a_new_story_with_eight_gaps() -> None:
    story = GAME.replace("[", "").replace("]", "")
    assert story in set(SMALL.documents("validation", 3000))
    assert len(gaps()) == 8
    assert gaps("One [fox] met [two].") == [
        Gap("One", "One", "fox"),
        Gap("One fox met", "... met", "two"),
    ]


def test_no_gap_gives_the_previous_answer_away() -> None:
    for before, gap in itertools.pairwise(gaps()):
        assert gap.new.startswith("... ")
        assert not gap.new.startswith(f"... {before.word}")
        assert gap.beginning.endswith(gap.new.removeprefix("... "))


def test_the_game_shows_one_gap_after_the_other() -> None:
    assert shannon_game([]) == f"{gaps()[0].beginning} ..."
    lines = shannon_game(["Forest. ", "apple"]).splitlines()
    assert [line.split() for line in lines] == [
        ["you", "storyteller", "ideal"],
        ["forest", "Forest.", "forest", "0.13", "forest", "0.14"],
        ["cold", "apple", "hungry", "0.33", "hungry", "0.33"],
        ["right", "1", "1", "1"],
        [*gaps()[2].new.split(), "..."],
    ]


def test_a_finished_game_counts_what_the_page_says() -> None:
    lines = shannon_game([gap.word for gap in gaps()]).splitlines()
    assert lines[-1].split() == ["right", "8", "6", "6"]
    said = {line.split()[0]: line.split()[2:] for line in lines[1:-1]}
    assert said == {
        "forest": ["forest", "0.13", "forest", "0.14"],
        "cold": ["hungry", "0.33", "hungry", "0.33"],
        "ti": ["ti", "1.00", "ti", "1.00"],
        "iron": ["iron", "0.39", "iron", "0.49"],
        "three": ["three", "1.00", "three", "1.00"],
        "bakery": ["market", "0.13", "market", "0.13"],
        "toy": ["toy", "1.00", "toy", "1.00"],
        "wobbly": ["wobbly", "0.82", "wobbly", "1.00"],
    }


def test_a_game_ends() -> None:
    with pytest.raises(ValueError, match="9 guesses for 8 gaps"):
        shannon_game(["x"] * 9)


def test_questions_are_asked_with_and_without_an_answer() -> None:
    found = list(asked(SMALL, 2))
    kinds = [(question.kind, question.told is None) for question in found]
    assert len(kinds) == 12
    assert all(kinds.count(kind) == 2 for kind in kinds)
    for question in found:
        assert question.text.endswith(question.kind.format(question.hero))
        if question.told:
            assert question.told in question.text
        elif "Whom" in question.kind:
            assert " met " not in question.text
            assert "meet?" not in question.text.removesuffix("meet?")


def test_certainty_is_measured_by_kind_of_question() -> None:
    told = Asked(
        "Whom did {} meet?",
        "There sat Otto the donkey. Whom did Pip meet?",
        "Pip",
        "Otto",
    )
    untold = told._replace(told=None)
    probability = TELLER.answer(told.text).probability
    assert certainties(TELLER, [told, told, untold]) == {
        ("Whom did {} meet?", True): Certainty(probability, 2, 0),
        ("Whom did {} meet?", False): Certainty(probability, 0, 0),
    }


def test_the_examples_of_the_page_are_not_answered() -> None:
    examples = "What's 6 / 2? Three.\nWhat's 8 / 2? Four.\nWhat's 10 / 5?"
    assert TELLER.answer(examples).text == "The paper lantern"


@pytest.mark.ci
def test_xz_needs_more_bytes_than_the_storyteller_after_20_000_stories() -> None:
    def text_of(*source) -> bytes:
        return "".join(f"{story}\n" for story in SMALL.documents(*source)).encode()

    def size(text: bytes) -> int:
        return len(lzma.compress(text, preset=9))

    known, new = text_of("train", 20_000), text_of("validation", 200)
    assert size(known + new) - size(known) == pytest.approx(9_272, rel=0.01)


@pytest.mark.parametrize(
    ("sentence", "answers"),
    [
        ("Along came Willa the squirrel. ", "the hero"),
        ("There sat Willa the squirrel. ", "Willa"),
    ],
)
def test_only_the_form_of_a_meeting_changes_whom_the_hero_met(
    sentence: str, answers: str
) -> None:
    untold = [q for q in asked(SMALL, 40) if q.told is None and "meet" in q.kind]
    assert len(untold) == 40
    for question in untold:
        sentences = question.text.split(". ")
        half = len(sentences) // 2
        first, rest = ". ".join(sentences[:half]), ". ".join(sentences[half:])
        said = TELLER.answer(f"{first}. {sentence}{rest}").text
        assert said == (question.hero if answers == "the hero" else answers)
