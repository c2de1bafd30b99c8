import hashlib
import math
import random
from itertools import islice, pairwise

import pytest

from llm_foundations.data.stories.choosers import CharacterReader
from llm_foundations.data.stories.grammar import END, Choice, T
from llm_foundations.data.stories.language import MASK, WORD, Language, NotInLanguage
from llm_foundations.data.stories.partition import split_of
from llm_foundations.data.stories.story import tell

TINY, SMALL = Language("tiny"), Language("small")
VOLUME = 2_000_000
"""Characters that the properties are tested on; `benchmarks/language.py` has 20 MB."""


class BoundaryReader(CharacterReader):
    """Also remembers where one decision ends and the next begins."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.boundaries = set[int]()

    def say(self, text: str) -> None:
        self.boundaries.add(self.position)
        super().say(text)

    def pick(self, choice: Choice[T], *banned: T) -> T:
        self.boundaries.add(self.position)
        return super().pick(choice, *banned)


@pytest.fixture(scope="module")
def stories(pytestconfig):
    """Two megabytes of training stories, as they were written.

    The pass that checks the types of every call, at ten times the cost, takes one.
    """
    checked = pytestconfig.getoption("--jaxtyping-packages")
    volume = VOLUME // 2 + 10_000 if checked else VOLUME
    n, drawn = 0, []
    for story in SMALL.stories("train"):
        drawn.append(story)
        n += len(story.text)
        if n > volume:
            return drawn
    raise AssertionError("the language ended")


def test_the_same_bytes_on_every_platform(stories) -> None:
    data = "\n".join(story.text for story in stories).encode()[:1_000_000]
    assert hashlib.sha256(data).hexdigest() == (
        "5739e53274b5c7e9bf8976e8ee200b3a84695b8f595758793fcbfffac8ee4253"
    )


def test_every_story_reads_as_it_was_written(stories) -> None:
    """Every text parses; its probability is that of the derivation that wrote it."""
    for story in stories:
        reader = BoundaryReader(story.text + END)
        read = tell(reader, SMALL.world)
        reader.finish()
        assert reader.nats == story.nats
        assert math.isclose(math.fsum(reader.surprisals), story.nats, rel_tol=1e-12)
        assert min(reader.surprisals) >= 0.0
        for field in (
            "hero",
            "wish",
            "place",
            "friend",
            "happy",
            "scenes",
            "questions",
        ):
            assert getattr(read, field) == getattr(story, field)
        # A word is never split between two decisions: `masked_word` needs that.
        text = reader.text
        assert not any(text[i - 1 : i + 1].isalpha() for i in reader.boundaries if i)


def test_no_story_is_in_two_splits(stories) -> None:
    assert {split_of(story.text) for story in stories} == {"train"}
    for split in ("validation", "test"):
        assert {split_of(text) for text in SMALL.documents(split, 30)} == {split}
    known = {story.text for story in stories}
    assert known.isdisjoint(SMALL.documents("validation", 300))


def test_nobody_reads_the_same_story_twice(stories) -> None:
    assert len({story.text for story in stories}) == len(stories)


def test_the_language_is_rich(stories) -> None:
    """No target is met by a poorer language: these are what the course promises."""
    text = " ".join(story.text for story in stories)
    names = {who.name for who in SMALL.world.characters}
    words = set(WORD.findall(text))
    assert len(names & words) > 380
    assert len({word.lower() for word in words - names}) > 700
    mean = math.fsum(story.nats for story in stories) / len(stories)
    assert mean > 60
    assert max(len(story.text) for story in stories) < 900


def test_a_split_is_as_long_as_asked_and_the_same_again() -> None:
    first = list(SMALL.documents("validation", 5))
    assert list(islice(SMALL.documents("validation"), 5)) == first
    assert len(first) == 5
    assert first != list(SMALL.documents("validation", 5, seed=1))


@pytest.mark.parametrize("language", [TINY, SMALL], ids=["tiny", "small"])
def test_surprisal_agrees_with_entropy(language: Language) -> None:
    """Two estimates, from other documents: their difference is within 4 errors."""
    entropy = language.entropy(n=600)
    nats = [story.nats for story in language.stories("test", 150)]
    mean = math.fsum(nats) / len(nats)
    variance = math.fsum((x - mean) ** 2 for x in nats) / len(nats)
    error = math.hypot(entropy.half_width / 1.96, math.sqrt(variance / len(nats)))
    assert abs(mean - entropy.nats) < 4 * error


def test_the_first_decision_by_hand() -> None:
    first = SMALL.next_characters("")
    assert first == pytest.approx(
        {"O": 5 / 15, "T": 6 / 15, "F": 2 / 15} | {"D": 1 / 15, "H": 1 / 15}
    )
    assert SMALL.next_characters("T") == {"h": 1.0}
    assert SMALL.next_characters("Th") == pytest.approx({"e": 3 / 6, "i": 3 / 6})


@pytest.mark.parametrize("language", [TINY, SMALL], ids=["tiny", "small"])
def test_next_characters_are_what_surprisals_say(language: Language) -> None:
    for text in language.documents("test", 2):
        surprisals = language.surprisals(text)
        assert len(surprisals) == len(text) + 1
        assert -math.fsum(surprisals) == pytest.approx(language.log_probability(text))
        for position, character in enumerate(text + END):
            best = language.next_characters(text[:position])
            assert sum(best.values()) == pytest.approx(1)
            assert -math.log(best[character]) == pytest.approx(surprisals[position])


def test_continuations_end_with_their_decision() -> None:
    beginning = "Once there was a fox named Mila. She lived "
    homes = SMALL.continuations(beginning)
    assert homes.keys() == set(SMALL.world.facts.homes)
    mila = next(who for who in SMALL.world.characters if who.name == "Mila")
    assert homes[mila.home] == pytest.approx(0.9 + 0.1 / len(homes))
    assert SMALL.continuations(beginning[:-3]) == {"ed ": 1.0}
    with pytest.raises(NotInLanguage, match="character 43: 'nowhere'"):
        SMALL.continuations(beginning + "nowhere")


def test_what_may_follow_a_story() -> None:
    story = next(s for s in TINY.stories("train") if len(s.questions) == 2)
    text, asked = story.text, " ".join(story.questions[0])
    first = text.index(asked) + len(asked) + 1
    assert TINY.next_characters(text[:first]) == pytest.approx({END: 0.75, " ": 0.25})
    assert TINY.next_characters(text) == {END: 1.0}
    assert TINY.next_characters(text[:first] + END) == {}


def test_every_illegal_prefix_is_refused_where_it_leaves() -> None:
    text = next(SMALL.documents("train"))
    for position in range(0, len(text), 7):
        with pytest.raises(NotInLanguage) as stop:
            SMALL.next_characters(text[:position] + "#")
        assert stop.value.position == position
        best = SMALL.next_characters(text[:position])
        assert {rest[0] for rest in stop.value.expected} == best.keys()


def test_a_masked_word_against_every_word_there_is() -> None:
    """The predictor looks at few words; trying all of them gives the same."""
    known = " ".join(TINY.documents("train", 1000))
    text = next(TINY.documents("test"))
    places = list(WORD.finditer(text))
    for place in places[::7]:
        before, after = text[: place.start()], text[place.end() :]
        nats = {}
        for word in set(WORD.findall(known)):
            try:
                nats[word] = -TINY.log_probability(before + word + after)
            except NotInLanguage:
                continue
        total = math.fsum(math.exp(-x) for x in nats.values())
        best = TINY.masked_word(before + MASK + after)
        assert best == pytest.approx({w: math.exp(-x) / total for w, x in nats.items()})
        assert list(best.values()) == sorted(best.values(), reverse=True)


def test_a_mask_is_needed_once() -> None:
    text = next(TINY.documents("train"))
    with pytest.raises(ValueError, match="found 0"):
        TINY.masked_word(text)
    with pytest.raises(ValueError, match="found 2"):
        TINY.masked_word(MASK + text + MASK)
    with pytest.raises(ValueError, match="no word of the language fits"):
        TINY.masked_word(f"Once there {MASK}.")


def test_a_completion_begins_as_asked() -> None:
    beginning = "Once there was an owl named R"
    story = TINY.complete(beginning, random.Random(0))
    assert story.text.startswith(beginning)
    assert TINY.read(story.text).hero is story.hero
    with pytest.raises(NotInLanguage):
        TINY.complete("Once there was a dragon", random.Random(0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[:-1], r"the end, expected '\.'"),
        (lambda text: text + END, r"'\\n', expected the end"),
        (lambda text: text + END + text, r"'\\n', expected the end"),
        (lambda text: "", "character 0: the end, expected 'Once there was '"),
        (lambda text: text.replace(" ", "  ", 1), "character 5: ' "),
    ],
)
def test_what_is_no_story_is_refused(change, message: str) -> None:
    text = next(t for t in SMALL.documents("train") if t.startswith("Once"))
    with pytest.raises(NotInLanguage, match=message):
        SMALL.log_probability(change(text))


def test_a_megabyte_of_nonsense_is_refused_at_once() -> None:
    with pytest.raises(NotInLanguage, match="character 0"):
        SMALL.surprisals("x" * 1_000_000)


def test_names_follow_the_law_that_was_built_in() -> None:
    """The weight of the name of rank r is one over r + 4."""
    best = SMALL.next_characters("This is the story of ")
    weights = {who.name[0]: 0 for who in SMALL.world.characters}
    for who in SMALL.world.characters:
        weights[who.name[0]] += who.weight
    total = sum(weights.values())
    assert best == pytest.approx({c: w / total for c, w in weights.items()})
    pairs = pairwise(who.weight for who in SMALL.world.characters)
    assert all(before >= after for before, after in pairs)
