"""From counts to probabilities: what to expect of an n-gram that never occurred.

Each rule is an object; its `fit` takes the counts and returns a function from
n-grams, as they were found, to probabilities.

Reference:
    Chen and Goodman (1999), "An empirical study of smoothing techniques for
    language modeling", Computer Speech and Language 13, 359-394.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64, Int64

from llm_foundations.models.ngram.counts import Document, Found, Level, NGramCounts

_Probabilities = Float64[np.ndarray, "P K"]
_PerGram = Float64[np.ndarray, " G"]
_PerContext = Float64[np.ndarray, " C"]
Estimate = Callable[[Sequence[Found]], _Probabilities]
"""A function from n-grams, found at every level, to their probabilities."""


@runtime_checkable
class Smoothing(Protocol):
    """A rule that turns counts into probabilities."""

    def fit(self, counts: NGramCounts) -> Estimate:
        """Prepare what the rule needs of the counts."""


@dataclass(frozen=True)
class AddK:
    r"""Pretend that every n-gram occurred `k` times more than it did.

    $p(w \mid h) = (c(hw) + k) / (c(h) + kV)$; a context that never occurred
    predicts every token alike. With `k = 0` it is the maximum likelihood, and the
    probability after such a context is 0 divided by 0: it is taken as 0.

    Raises:
        ValueError: If `k` is negative.
    """

    k: float = 1.0
    """What is added to each count; 1 is Laplace's rule."""

    def __post_init__(self) -> None:
        """Check the number."""
        if not self.k >= 0:
            raise ValueError(f"k must be at least 0, got {self.k}")

    def fit(self, counts: NGramCounts) -> Estimate:
        """Prepare the totals of the longest contexts."""
        level = counts.levels[-1]
        totals = _sums(level, level.counts)

        def estimate(found: Sequence[Found]) -> _Probabilities:
            context, gram = found[-1]
            seen = _at(totals, context) + self.k * counts.vocab_size
            return _divide(_at(level.counts, gram) + self.k, seen)

        return estimate


@dataclass(frozen=True)
class Dirichlet:
    r"""Add to each count what the next shorter context predicts.

    $p(w \mid h) = \frac{c(hw) + m \, p(w \mid h')}{c(h) + m}$, where $h'$ is $h$
    without its first token. The `strength` $m$ is how many imaginary tokens after
    each context follow the prediction of the shorter one. With no context at all, the
    shorter prediction is the uniform distribution.

    Raises:
        ValueError: If the strength is not positive.

    Reference:
        MacKay and Peto (1995), "A hierarchical Dirichlet language model", Natural
        Language Engineering 1(3), 289-308.
    """

    strength: float = 5.0
    """The imaginary tokens of each context."""

    def __post_init__(self) -> None:
        """Check the number."""
        if not 0 < self.strength < math.inf:
            raise ValueError(f"strength must be positive, got {self.strength}")

    def fit(self, counts: NGramCounts) -> Estimate:
        """Prepare the totals of all contexts."""
        totals = [_sums(level, level.counts) for level in counts.levels]
        m, uniform = self.strength, 1 / counts.vocab_size

        def estimate(found: Sequence[Found]) -> _Probabilities:
            p: _Probabilities = np.full(found[0].gram.shape, uniform)
            for level, total, (context, gram) in zip(
                counts.levels, totals, found, strict=True
            ):
                p = (_at(level.counts, gram) + m * p) / (_at(total, context) + m)
            return p

        return estimate


@dataclass(frozen=True)
class Interpolation:
    r"""Mix the maximum likelihoods of all lengths (Jelinek and Mercer, 1980).

    $p(w \mid h) = \lambda_0 / V + \sum_k \lambda_k \, c(h_{k-1} w) / c(h_{k-1})$,
    where $h_{k-1}$ are the last $k - 1$ tokens. Where a context never occurred its
    weight goes to the others.

    Raises:
        ValueError: If the weights are negative, do not add up to 1, or are not one
            more than the n-gram has tokens; or if the first is 0, so that an unseen
            context could leave nothing.
    """

    weights: tuple[float, ...]
    """One for the uniform distribution, for one token, for two, ..."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        total = math.fsum(self.weights)
        if min(self.weights, default=-1) < 0 or not math.isclose(total, 1):
            raise ValueError(
                f"weights must be positive and add up to 1: {self.weights}"
            )
        if not self.weights[0]:
            raise ValueError(f"the first weight must be above 0: {self.weights}")

    def fit(self, counts: NGramCounts) -> Estimate:
        """Prepare the totals of all contexts."""
        if len(self.weights) != counts.n + 1:
            raise ValueError(f"{counts.n}-grams need {counts.n + 1} weights")
        likelihoods = _likelihoods(counts)
        weights = np.array(self.weights)

        def estimate(found: Sequence[Found]) -> _Probabilities:
            parts, known = likelihoods(found)
            return _divide(parts @ weights, known @ weights)

        return estimate


@dataclass(frozen=True)
class KneserNey:
    r"""Take a discount off each count, and give it to tokens that follow many others.

    $p(w \mid h) = \frac{a(hw) - D(a(hw))}{a(h)} + \frac{\gamma(h)}{a(h)}
    p(w \mid h')$, where $h'$ is $h$ without its first token, $a(h)$ sums $a(hw)$
    over the tokens, and $\gamma(h)$ sums the discounts. For the longest n-grams
    $a$ is the count; for shorter ones the number of different tokens before them,
    since "Francisco" is common and follows "San" alone. One token's probability
    rests on the uniform distribution.

    Without a `discount`, each length has three that are estimated, for the counts
    1, 2, and 3 or more ("modified Kneser-Ney", Chen and Goodman's equation 26).

    Raises:
        ValueError: If the discount is not in [0, 1].
    """

    discount: float | None = None
    """One discount for all counts and lengths; None for estimated ones."""

    def __post_init__(self) -> None:
        """Check the number."""
        if self.discount is not None and not 0 <= self.discount <= 1:
            raise ValueError(f"discount must be in 0 to 1, got {self.discount}")

    def fit(self, counts: NGramCounts) -> Estimate:
        """Prepare the discounted counts and what is left for shorter contexts."""
        tables = [self._table(level) for level in counts.levels]
        uniform = 1 / counts.vocab_size

        def estimate(found: Sequence[Found]) -> _Probabilities:
            p: _Probabilities = np.full(found[0].gram.shape, uniform)
            for (discounted, totals, left), (context, gram) in zip(
                tables, found, strict=True
            ):
                mixed = _divide(
                    _at(discounted, gram) + _at(left, context) * p, _at(totals, context)
                )
                p = np.where(context >= 0, mixed, p)
            return p

        return estimate

    def _table(self, level: Level) -> tuple[_PerGram, _PerContext, _PerContext]:
        adjusted = level.continuations
        by_count = (
            estimated_discounts(adjusted)
            if self.discount is None
            else np.full(4, self.discount)
        )
        taken = by_count[adjusted.clip(max=3)]
        return adjusted - taken, _sums(level, adjusted), _sums(level, taken)


def estimated_discounts(counts: Int64[np.ndarray, " G"]) -> Float64[np.ndarray, "4"]:
    """Estimate what to take off a count of 0, 1, 2, and 3 or more.

    Where the counts are too few, or too unlike a text's, for the estimate to lie
    between 0 and the count itself, all three are a half of it.

    Examples:
        >>> estimated_discounts(np.array([1] * 10 + [2] * 4 + [3] * 2 + [4])).round(3)
        array([0.   , 0.556, 1.167, 1.889])

    Reference:
        Chen and Goodman (1999), equation 26.
    """
    n = np.bincount(counts.clip(max=5), minlength=6)[:5].astype(np.float64)
    halves = np.array([0, 0.5, 1.0, 1.5])
    if (n[1:] == 0).any():
        return halves
    ratio = n[1] / (n[1] + 2 * n[2])
    c = np.arange(1, 4)
    discounts = c - (c + 1) * ratio * n[2:] / n[1:-1]
    inside = ((discounts >= 0) & (discounts <= c)).all()
    return np.array([0, *discounts]) if inside else halves


def tuned_interpolation(
    counts: NGramCounts, held_out: Iterable[Document], n_steps: int = 30
) -> Interpolation:
    """Find the weights that make documents most probable which were not counted.

    Expectation-maximisation: each token is shared out over the lengths by how well
    they predicted it; the shares' sums are the next weights. Tuned on the counted
    documents themselves, all weight would go to the longest n-grams.

    Args:
        counts: The counts of the training documents.
        held_out: Other documents.
        n_steps: How often the weights are improved.

    Raises:
        ValueError: If there is no token in `held_out`.
    """
    contexts, tokens = counts.pairs(held_out)
    parts, _ = _likelihoods(counts)(counts.find(contexts, tokens[:, None]))
    weights: Float64[np.ndarray, " N"] = np.full(counts.n + 1, 1 / (counts.n + 1))
    for _ in range(n_steps):
        shares = weights * parts[:, 0]
        weights = (shares / shares.sum(-1, keepdims=True)).mean(0)
    return Interpolation(tuple(weights.tolist()))


def _likelihoods(
    counts: NGramCounts,
) -> Callable[[Sequence[Found]], tuple[np.ndarray, np.ndarray]]:
    """Return the function to the likelihoods (P, K, n + 1), and to what is known."""
    totals = [_sums(level, level.counts) for level in counts.levels]

    def estimate(found: Sequence[Found]) -> tuple[np.ndarray, np.ndarray]:
        shape = found[0].gram.shape
        parts, known = [np.full(shape, 1 / counts.vocab_size)], [np.ones(shape)]
        for level, total, (context, gram) in zip(
            counts.levels, totals, found, strict=True
        ):
            parts.append(_divide(_at(level.counts, gram), _at(total, context)))
            known.append(np.broadcast_to(context >= 0, shape).astype(np.float64))
        return np.stack(parts, axis=-1), np.stack(known, axis=-1)

    return estimate


def _sums(level: Level, values: np.ndarray) -> _PerContext:
    """Add up over the n-grams of each context."""
    return np.bincount(level.contexts, weights=values)


def _at(
    values: Float64[np.ndarray, " X"] | Int64[np.ndarray, " X"],
    places: Int64[np.ndarray, "P K"],
) -> _Probabilities:
    return np.where(places >= 0, values[places], 0.0)


def _divide(
    a: Float64[np.ndarray, "P K"], b: Float64[np.ndarray, "P #K"]
) -> Float64[np.ndarray, "P K"]:
    """Divide, where nothing divided by nothing is nothing."""
    return a / np.where(b == 0, 1.0, b)
