"""The exercise of the lesson on what a language model is: the most probable text."""

import math
from collections.abc import Callable, Mapping

from llm_foundations.exercises.exercise import Exercise, Function, case

_END = "\n"
_Next = Callable[[str], Mapping[str, float]]


def _tree(tokens: Mapping[str, Mapping[str, float]]) -> _Next:
    """Return the next tokens of a small language, which depend on the last token."""

    def next_tokens(text: str) -> dict[str, float]:
        if text.endswith(_END):
            raise ValueError(f"{text!r} has ended: stop at the end token")
        if text[-2:] not in tokens:
            raise ValueError(f"no text begins with {text!r}: pass the beginning, too")
        return dict(tokens[text[-2:]])

    return next_tokens


_SMALL = _tree(
    {
        "A": {" a": 0.5, " b": 0.4, _END: 0.1},
        " a": {" a": 0.4, " b": 0.35, _END: 0.25},
        " b": {" a": 0.05, " b": 0.05, _END: 0.9},
    }
)
_SHORT = _tree(
    {
        "S": {" a": 0.7, _END: 0.3},
        " a": {" a": 0.6, " b": 0.4},
        " b": {" a": 0.55, " b": 0.45},
    }
)
"""The best text is the end alone, though longer ones have a better mean per token."""
_REST = {" c": 0.3, " d": 0.27, " a": 0.23, " e": 0.2}
_FLAT = _tree(
    {
        "P": {" a": 0.6, " b": 0.4},
        " a": {" a": 0.32, " c": 0.28, " d": 0.22, " e": 0.18},
        " b": {" b": 0.4, " c": 0.35, " d": 0.25},
        " c": _REST,
        " d": _REST,
        " e": _REST,
    }
)
"""Nothing ends, and the text with the best sum is not the most probable one."""
_EVEN = {" a": 0.24, " b": 0.22, " c": 0.2, " d": 0.18, " e": 0.16}
_WIDE = _tree(
    {
        "W": {" a": 0.22, " b": 0.2, " c": 0.18, " d": 0.16, " e": 0.13, " f": 0.11},
        **dict.fromkeys((" a", " b", " c", " d", " e"), _EVEN),
        " f": {" f": 0.95, _END: 0.05},
    }
)
"""The best text begins with the least probable of six tokens."""
_DEEP = _tree(
    {
        "D": {" a": 0.55, " b": 0.45},
        " a": {" c": 0.9, _END: 0.1},
        " b": {" d": 0.8, _END: 0.2},
        " c": {" e": 0.8, " a": 0.2},
        " d": {" f": 0.95, " b": 0.05},
        " e": {" c": 0.3, " d": 0.28, " e": 0.22, " f": 0.2},
        " f": {" a": 0.9, " f": 0.1},
    }
)
"""The best text is behind until its fourth token."""


def _texts(
    next_tokens: _Next, beginning: str, n: int, width: int | None = None
) -> list[tuple[list[float], str]]:
    """Return all texts with the probabilities of their tokens, or the best few."""
    done, now = [], [(list[float](), "")]
    for _ in range(n):
        grown = [
            ([*chances, p], text + token)
            for chances, text in now
            for token, p in next_tokens(beginning + text).items()
        ]
        kept = sorted(grown, key=lambda pair: -math.prod(pair[0]))[:width]
        done += [pair for pair in kept if pair[1].endswith(_END)]
        now = [pair for pair in kept if not pair[1].endswith(_END)]
    return done + now


def _search(
    score: Callable[[list[float]], float] = math.prod,
    more: int = 0,
    keeps: Callable[[bool, bool], bool] = lambda has_ended, is_long: True,
    whole: bool = False,
    width: int | None = None,
) -> Function:
    """Return an exhaustive search with one or more of its steps replaced."""

    def search(next_tokens: _Next, beginning: str, n: int) -> str:
        texts = [
            (score(chances), text)
            for chances, text in _texts(next_tokens, beginning, n + more, width)
            if keeps(text.endswith(_END), len(chances) == n)
        ]
        best = max(texts)[1]
        return beginning + best if whole else best

    return search


def _lookahead(k: int) -> Function:
    """Return the search that takes the first of the best k tokens, step by step."""

    def search(next_tokens: _Next, beginning: str, n: int) -> str:
        written = ""
        for i in range(n):
            best = _search()(next_tokens, beginning + written, min(k, n - i))
            written += best[:2]
            if written.endswith(_END):
                break
        return written

    return search


check_most_probable = Exercise(
    "check_most_probable",
    right=_search(),
    cases=[
        case(_SMALL, "A", 2, when="for 2 tokens after 'A'"),
        case(_SHORT, "S", 4, when="for 4 tokens after 'S'"),
        case(_WIDE, "W", 3, when="for 3 tokens after 'W'"),
        case(_DEEP, "D", 4, when="for 4 tokens after 'D'"),
        case(_FLAT, "P", 3, when="for 3 tokens after 'P'"),
        case(_WIDE, "W", 1, when="for 1 token after 'W'"),
        case(_SMALL, "A", 4, when="for 4 tokens after 'A'"),
    ],
    mistakes={
        "this is the best token at each step: a worse first token may lead to a better "
        "text": _lookahead(1),
        "this takes a token after looking only a few tokens ahead: a text may fall "
        "behind later": (_lookahead(2), _lookahead(3)),
        "this keeps only the few best texts at each step, as beam search does: the "
        "most probable text may not be among them at first": (
            *(_search(width=width) for width in (2, 3, 4, 5)),
        ),
        "this is the best mean per token: compare the probabilities of whole texts": (
            _search(lambda chances: math.prod(chances) ** (1 / len(chances))),
            _search(lambda chances: sum(chances) / len(chances)),
        ),
        "the probabilities of the tokens of one text are multiplied, not added": (
            _search(sum)
        ),
        "texts that had ended were dropped: they have fewer tokens, and compete with "
        "the others": (
            _search(keeps=lambda has_ended, is_long: is_long),
            _search(keeps=lambda has_ended, is_long: not has_ended),
        ),
        "return the new tokens alone, without the beginning": _search(whole=True),
        "the text is one token too short: count from the first new one": _search(
            more=-1
        ),
        "the text is one token too long: the last of n tokens is the end": _search(
            more=1
        ),
        "this looks for the least probable text": _search(
            lambda chances: -math.prod(chances)
        ),
    },
    verdict="The best text needn't begin with the best token.",
)
"""The most probable continuation of a few tokens, among all there are."""
