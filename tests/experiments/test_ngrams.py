"""N-grams of stories are counted, measured on new stories, and compared."""

import itertools
import math
from collections import Counter

import pytest

from llm_foundations.data.stories.language import Language
from llm_foundations.experiments.ngrams import (
    EXCESS_BY_STORIES,
    CountedStories,
    Unseen,
    counted_stories,
)
from llm_foundations.experiments.what_is_an_llm import Storyteller
from llm_foundations.models.ngram.smoothing import (
    AddK,
    Dirichlet,
    KneserNey,
    estimated_discounts,
)

COUNTED = CountedStories(30, n=4, n_new=5)
LANGUAGE = Language("small")
NEW = list(LANGUAGE.documents("validation", 5))


def test_stories_are_encoded_with_their_end() -> None:
    teller = Storyteller()
    assert len(COUNTED.encode(NEW[0])) == len(teller.tokens(NEW[0] + "\n"))
    assert COUNTED.new == [COUNTED.encode(text) for text in NEW]


def test_the_floor_is_the_surprisal_by_the_language() -> None:
    nats = -sum(LANGUAGE.log_probability(text) for text in NEW)
    assert math.isclose(COUNTED.floor, nats / sum(map(len, COUNTED.new)))


@pytest.mark.parametrize("rule", [AddK(1), Dirichlet(5), KneserNey()], ids=str)
@pytest.mark.parametrize("n", [1, 3, 4])
def test_the_loss_is_the_mean_surprisal_of_the_model(n: int, rule) -> None:
    model = COUNTED.model(n, rule)
    log_probability = sum(map(model.log_probability, COUNTED.new))
    mean = -log_probability / sum(map(len, COUNTED.new))
    assert math.isclose(COUNTED.loss(n, rule), mean, rel_tol=1e-9)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_what_was_never_counted_is_what_no_set_of_n_grams_holds(n: int) -> None:
    def grams(ids: list[int]) -> list[tuple[int, ...]]:
        padded = [-1] * (n - 1) + ids
        return [tuple(padded[i : i + n]) for i in range(len(ids))]

    old = map(COUNTED.encode, LANGUAGE.documents("train", 30))
    known = {gram for ids in old for gram in grams(ids)}
    unseen = [[gram not in known for gram in grams(ids)] for ids in COUNTED.new]
    tokens = sum(map(sum, unseen)) / sum(map(len, unseen))
    stories = sum(map(any, unseen)) / len(unseen)
    assert COUNTED.unseen(n) == pytest.approx(Unseen(tokens, stories))


def test_gaps_are_shared_out_among_the_kinds_of_tokens() -> None:
    model = COUNTED.model(4, KneserNey())
    gaps = COUNTED.gaps(model, 5)
    assert math.isclose(sum(gap.share for gap in gaps.values()), 1)
    theirs = sum(sum(Storyteller().surprisals(text + "\n")) for text in NEW)
    ours = -sum(map(model.log_probability, COUNTED.new))
    total = sum(gap.nats for gap in gaps.values())
    assert math.isclose(total, (ours - theirs) / 5, rel_tol=1e-5)
    assert {"names, repeated", "closing questions", "he and she"} <= set(gaps)


def test_stories_are_counted_once() -> None:
    assert counted_stories(20, 2) is counted_stories(20, 2)


@pytest.mark.parametrize("sizes", [(0, 2, 5), (10, 2, 0), (10, 0, 5)])
def test_errors(sizes: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"at least 1"):
        CountedStories(*sizes)


@pytest.mark.parametrize(
    "size",
    [50, 500, *(pytest.param(n, marks=pytest.mark.ci) for n in (5_000, 50_000))],
)
@pytest.mark.timeout(600)  # with the check of shapes, 50,000 stories take minutes
def test_the_stored_excess_is_measured_again(size: int) -> None:
    counted = CountedStories(size)
    for n, excess in EXCESS_BY_STORIES[size].items():
        assert abs(counted.loss(n, KneserNey()) - counted.floor - excess) < 0.001
    if size == 50_000:  # as the lesson says
        assert round(counted.unseen(8).tokens, 2) == 0.12
        gaps = counted.gaps(counted.model(8, KneserNey()), 100)
        total = sum(gap.nats for gap in gaps.values())
        assert round(1 - gaps["the rest"].nats / total, 2) == 0.61


def test_a_dozen_tenfolds_would_be_needed_at_the_rate_of_the_last() -> None:
    before, after = EXCESS_BY_STORIES[5_000][8], EXCESS_BY_STORIES[50_000][8]
    factor = after / before
    assert 0.75 < factor < 0.8
    assert 12 < math.log(0.010 / after, factor) < 15


@pytest.mark.ci
def test_most_unseen_n_grams_have_an_unseen_context() -> None:
    counted = counted_stories(5_000)
    contexts, tokens = counted.counts.pairs(counted.new)
    found = counted.counts.find(contexts, tokens[:, None])[-1]
    unseen = found.gram < 0
    assert round((found.context[unseen] < 0).mean(), 2) == 0.76


@pytest.mark.ci
def test_the_discounts_are_those_that_the_lesson_names() -> None:
    longest = counted_stories(5_000).counts.levels[-1]
    expected = [0, 0.72, 1.18, 1.52]
    assert estimated_discounts(longest.continuations).round(2).tolist() == expected


@pytest.mark.ci
def test_with_many_imaginary_tokens_the_turn_comes_later() -> None:
    counted = CountedStories(5_000, n=12)
    losses = [counted.loss(n, Dirichlet(100)) for n in range(1, 13)]
    assert losses == sorted(losses, reverse=True)


def test_pip_follows_more_different_tokens_than_cried() -> None:
    teller = Storyteller()
    stories = list(map(teller.tokens, LANGUAGE.documents("train", 1_000)))
    tokens = Counter(token for story in stories for token in story)
    pairs = {pair for story in stories for pair in itertools.pairwise(story)}
    before = Counter(second for _, second in pairs)
    assert (tokens[" cried"], tokens[" Pip"]) == (150, 96)
    assert (before[" cried"], before[" Pip"]) == (1, 20)
    assert (" and", " cried") in pairs


def test_adding_one_to_six_spins_costs_more_on_average() -> None:
    truth, mean = (1 / 2, 1 / 4, 1 / 4), 0.0
    for spins in itertools.product(range(3), repeat=6):
        model = [(spins.count(word) + 1) / 9 for word in range(3)]
        excess = sum(p * math.log(p / q) for p, q in zip(truth, model, strict=True))
        mean += excess * math.prod(truth[word] for word in spins)
    assert round(mean, 2) == 0.08
