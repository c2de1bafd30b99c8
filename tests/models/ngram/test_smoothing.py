import itertools
import math
import random

import numpy as np
import pytest

from llm_foundations.models.ngram.counts import NGramCounts
from llm_foundations.models.ngram.smoothing import (
    AddK,
    Dirichlet,
    Interpolation,
    KneserNey,
    estimated_discounts,
    tuned_interpolation,
)

CHANCE = random.Random(2)
DOCUMENTS = [
    [min(CHANCE.randrange(5), CHANCE.randrange(5)) for _ in range(40)] for _ in range(9)
]
COUNTS = NGramCounts(DOCUMENTS, n=3, vocab_size=6)  # token 5 never occurs
CONTEXTS = np.array(list(itertools.product(range(7), repeat=2)))
RULES = [
    AddK(0.5),
    Dirichlet(2.5),
    Interpolation((0.1, 0.2, 0.3, 0.4)),
    KneserNey(0.75),
    KneserNey(),
]


def table(rule, counts: NGramCounts = COUNTS, contexts=CONTEXTS) -> np.ndarray:
    found = counts.find(contexts, np.arange(counts.vocab_size)[None])
    return rule.fit(counts)(found)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_every_context_has_a_distribution(rule) -> None:
    p = table(rule)
    np.testing.assert_allclose(p.sum(-1), 1, rtol=1e-12)
    assert (p > 0).all()


def plain_kneser_ney(context: tuple[int, ...], token: int, discount: float) -> float:
    """The definition, in words of sets and sums, without arrays."""
    runs = [
        tuple(padded[i - 2 : i + 1])
        for d in DOCUMENTS
        for padded in [[6, 6, *d]]
        for i in range(2, len(padded))
    ]

    def p(h: tuple[int, ...], w: int) -> float:
        if len(h) == 2:
            following = [run[-1] for run in runs if run[:2] == h]
        else:
            longer = {run[-len(h) - 2 :] for run in runs}  # one token more to the left
            following = [run[-1] for run in longer if run[1:-1] == h]
        lower = p(h[1:], w) if h else 1 / 6
        if not following:
            return lower
        kinds = len(set(following))
        taken = max(following.count(w) - discount, 0) + discount * kinds * lower
        return taken / len(following)

    return p(context, token)


def test_kneser_ney_is_its_definition() -> None:
    p = table(KneserNey(0.75))
    for context, row in zip(CONTEXTS.tolist(), p, strict=True):
        expected = [plain_kneser_ney(tuple(context), w, 0.75) for w in range(6)]
        np.testing.assert_allclose(row, expected, rtol=1e-12)


def test_francisco_follows_san_alone() -> None:
    # 0 = San, 1 = Francisco, 2 = the, 3 = cat, 4 = a: "Francisco" is more frequent
    # than "cat", which follows two words. After a word never seen, "cat" wins.
    documents = [[0, 1]] * 5 + [[2, 3], [4, 3]]
    counts = NGramCounts(documents, n=2, vocab_size=6)
    unseen = np.array([[5]])
    p = table(KneserNey(0.5), counts, unseen)[0]
    assert counts.levels[0].counts[1] > counts.levels[0].counts[3]
    assert p[3] > p[1]


def test_add_k_by_hand() -> None:
    counts = NGramCounts([[0, 1, 0, 2]], n=2, vocab_size=3)
    p = table(AddK(1), counts, np.array([[0], [2]]))
    np.testing.assert_allclose(p, [[1 / 5, 2 / 5, 2 / 5], [1 / 3, 1 / 3, 1 / 3]])
    assert table(AddK(0), counts, np.array([[0]])).tolist() == [[0, 0.5, 0.5]]
    assert table(AddK(0), counts, np.array([[2]])).tolist() == [[0, 0, 0]]


def plain_dirichlet(context: tuple[int, ...], token: int, strength: float) -> float:
    """The definition, with a count of runs in padded lists."""
    shorter = plain_dirichlet(context[1:], token, strength) if context else 1 / 6
    following = [
        padded[i]
        for d in DOCUMENTS
        for padded in [[6, 6, *d]]
        for i in range(2, len(padded))
        if tuple(padded[i - len(context) : i]) == context
    ]
    pretended = strength * shorter
    return (following.count(token) + pretended) / (len(following) + strength)


@pytest.mark.parametrize("strength", [0.3, 5, 40])
def test_dirichlet_is_its_definition(strength: float) -> None:
    found = table(Dirichlet(strength))
    for row, context in list(enumerate(CONTEXTS.tolist()))[::5]:
        expected = [plain_dirichlet(tuple(context), w, strength) for w in range(6)]
        np.testing.assert_allclose(found[row], expected, rtol=1e-12)


def test_interpolation_by_hand() -> None:
    counts = NGramCounts([[0, 1, 0, 2]], n=2, vocab_size=3)
    p = table(Interpolation((0.25, 0.25, 0.5)), counts, np.array([[0], [2]]))
    # 0.25 / 3 + 0.25 * (2/4, 1/4, 1/4) + 0.5 * (0, 1/2, 1/2)
    np.testing.assert_allclose(p[0], [5 / 24, 19 / 48, 19 / 48])
    # After 2 nothing is known: the other two weights share.
    np.testing.assert_allclose(p[1], [5 / 12, 7 / 24, 7 / 24])


def test_modified_discounts_are_equation_26() -> None:
    # n1..n4 = 8, 4, 2, 1: Y = 8 / 16; D1 = 1 - 2Y/2, D2 = 2 - 3Y/2, D3 = 3 - 4Y/2
    counts = np.array([1] * 8 + [2] * 4 + [3] * 2 + [4] + [9] * 5)
    np.testing.assert_allclose(estimated_discounts(counts), [0, 0.5, 1.25, 2.0])


@pytest.mark.parametrize("counts", [[1, 1, 2], [1, 2, 3] + [4] * 90])
def test_discounts_that_cannot_be_estimated_are_halves(counts: list[int]) -> None:
    assert estimated_discounts(np.array(counts)).tolist() == [0, 0.5, 1.0, 1.5]


def test_tuned_weights_are_better_and_know_when_context_is_useless() -> None:
    held_out = [[CHANCE.randrange(5) for _ in range(50)] for _ in range(9)]
    contexts, tokens = COUNTS.pairs(held_out)
    found = COUNTS.find(contexts, tokens[:, None])

    def nats(rule: Interpolation) -> float:
        return -np.log(rule.fit(COUNTS)(found)).mean()

    tuned = tuned_interpolation(COUNTS, held_out)
    assert math.isclose(sum(tuned.weights), 1)
    assert nats(tuned) < nats(Interpolation((0.25,) * 4))
    assert tuned.weights[0] > 0.5  # these tokens are uniform
    assert tuned_interpolation(COUNTS, DOCUMENTS).weights[3] > 0.5  # overfitted


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dirichlet(0), "strength must be positive, got 0"),
        (lambda: Dirichlet(math.nan), "strength must be positive, got nan"),
        (lambda: Dirichlet(math.inf), "strength must be positive, got inf"),
        (lambda: AddK(-1), "got -1"),
        (lambda: AddK(float("nan")), "got nan"),
        (lambda: KneserNey(1.5), "got 1.5"),
        (lambda: Interpolation((0.5, 0.6)), "add up to 1"),
        (lambda: Interpolation(()), "add up to 1"),
        (lambda: Interpolation((0.0, 1.0)), "first weight"),
        (lambda: Interpolation((0.5, 0.5)).fit(COUNTS), "3-grams need 4 weights"),
    ],
)
def test_errors(make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
