"""The exercise of the lesson on tokenization: the probability of a prefix."""

from collections.abc import Callable, Mapping, Sequence

from llm_foundations.exercises.exercise import Exercise, Function, case

_Next = Callable[[Sequence[str]], Mapping[str, float]]
_START = "start"


def _model(after: Mapping[str, Mapping[str, float]]) -> _Next:
    """Return the next tokens of a small model, which depend on the last token."""

    def next_tokens(tokens: Sequence[str]) -> dict[str, float]:
        if isinstance(tokens, str):
            raise TypeError(f"pass a list of tokens, got the text {tokens!r}")
        last = [*tokens][-1] if tokens else _START
        if last not in after:
            raise ValueError(f"{last!r} is no token that this model can go on after")
        return dict(after[last])

    return next_tokens


_SMALL = _model(
    {
        _START: {"a": 0.4, "b": 0.1, "ab": 0.3, "aba": 0.2},
        "a": {"b": 0.3, "a": 0.2, "ba": 0.4, "\n": 0.1},
        "b": {"a": 0.6, "ab": 0.1, "b": 0.2, "\n": 0.1},
        "ab": {"a": 0.5, "ba": 0.25, "\n": 0.25},
        "ba": {"a": 0.1, "b": 0.3, "ab": 0.2, "\n": 0.4},
        "aba": {"b": 0.7, "ba": 0.1, "\n": 0.2},
    }
)
_SPACED = _model(
    {
        _START: {"on": 0.9, "o": 0.1},
        "on": {" a": 0.7, " ": 0.1, " an": 0.2},
        "o": {"n": 1.0},
        "n": {" a": 0.4, " an": 0.6},
        " a": {" h": 0.55, " hill": 0.25, " ": 0.15, "n": 0.05},
        " an": {" island": 0.8, " i": 0.2},
        " ": {"a": 0.2, "ve": 0.5, "hill": 0.3},
        "a": {" h": 0.5, " hill": 0.5},
        " h": {"ill": 0.1, "ouse": 0.9},
        " i": {"s": 1.0},
    }
)


def _far(tokens: Sequence[str]) -> dict[str, float]:
    """Return the next tokens of a model that depend on the token before the last."""
    if isinstance(tokens, str):
        raise TypeError(f"pass a list of tokens, got the text {tokens!r}")
    written = [*tokens]
    if len(written) < 2:
        return {"x": 0.6, "y": 0.3, "xy": 0.1}
    if written[-2] == "x":
        return {"x": 0.15, "y": 0.35, "xy": 0.5}
    return {"x": 0.45, "y": 0.25, "xy": 0.3}


def _sum(next_tokens: _Next, text: str, tokens: Sequence[str] = ()) -> float:
    total = 0.0
    for token, chance in next_tokens(tokens).items():
        if token.startswith(text):
            total += chance
        elif text.startswith(token):
            rest = text[len(token) :]
            total += chance * _sum(next_tokens, rest, [*tokens, token])
    return total


def _exactly(next_tokens: _Next, text: str, tokens: Sequence[str] = ()) -> float:
    if not text:
        return 1.0
    return sum(
        chance * _exactly(next_tokens, text[len(token) :], [*tokens, token])
        for token, chance in next_tokens(tokens).items()
        if text.startswith(token)
    )


def _along(best: Callable[[Mapping[str, float], str], str | None]) -> Function:
    """Return the product along one way to cut the text."""

    def prefix_probability(next_tokens: _Next, text: str) -> float:
        chance, tokens = 1.0, list[str]()
        while text:
            options = next_tokens(tokens)
            token = best(options, text)
            if token is None:
                return 0.0
            chance *= options[token]
            tokens, text = [*tokens, token], text[len(token) :]
        return chance

    return prefix_probability


def _longest(options: Mapping[str, float], text: str) -> str | None:
    return max(filter(text.startswith, options), key=len, default=None)


def _likeliest(options: Mapping[str, float], text: str) -> str | None:
    return max(filter(text.startswith, options), key=options.__getitem__, default=None)


def _most(next_tokens: _Next, text: str, tokens: Sequence[str] = ()) -> float:
    found = [0.0]
    for token, chance in next_tokens(tokens).items():
        if token.startswith(text):
            found.append(chance)
        elif text.startswith(token):
            rest = text[len(token) :]
            found.append(chance * _most(next_tokens, rest, [*tokens, token]))
    return max(found)


def _longer_only(next_tokens: _Next, text: str, tokens: Sequence[str] = ()) -> float:
    total = 0.0
    for token, chance in next_tokens(tokens).items():
        if token.startswith(text) and token != text:
            total += chance
        elif text.startswith(token) and token != text:
            rest = text[len(token) :]
            total += chance * _longer_only(next_tokens, rest, [*tokens, token])
    return total


def _from_the_start(next_tokens: _Next, text: str) -> float:
    total = 0.0
    for token, chance in next_tokens([]).items():
        if token.startswith(text):
            total += chance
        elif text.startswith(token):
            total += chance * _from_the_start(next_tokens, text[len(token) :])
    return total


def _last_only(next_tokens: _Next, text: str, tokens: Sequence[str] = ()) -> float:
    return _sum(lambda found: next_tokens(found[-1:]), text, tokens)


def _added(next_tokens: _Next, text: str, tokens: Sequence[str] = ()) -> float:
    total = 0.0
    for token, chance in next_tokens(tokens).items():
        if token.startswith(text):
            total += chance
        elif text.startswith(token):
            rest = text[len(token) :]
            total += chance + _added(next_tokens, rest, [*tokens, token])
    return total


check_prefix_probability = Exercise(
    "check_prefix_probability",
    right=_sum,
    cases=[
        case(_SMALL, "ab", when="for 'ab' with the tokens a, b, ab, ba and aba"),
        case(_SMALL, "b", when="for 'b' with the tokens a, b, ab, ba and aba"),
        case(_SMALL, "abab", when="for 'abab' with the tokens a, b, ab, ba and aba"),
        case(_SMALL, "aab\n", when="for 'aab' and the end"),
        case(_SPACED, "on a ", when="for 'on a ', which ends inside a token"),
        case(_SPACED, "on a hill", when="for 'on a hill'"),
        case(_SPACED, "on an i", when="for 'on an i', which ends inside a token"),
        case(_far, "xyx", when="for 'xyx', if the token before the last matters"),
        case(_far, "xyxy", when="for 'xyxy', if the token before the last matters"),
        case(_SPACED, "up", when="for a text that never comes"),
        case(_SPACED, "", when="for an empty text, with which every text begins"),
    ],
    mistakes={
        "the last token may be longer than what is left of the text: that text begins "
        "this way, too": _exactly,
        "this is one way to cut the text, the longest token first: add the "
        "probabilities of all ways": _along(_longest),
        "this is one way to cut the text, the likeliest token first: add the "
        "probabilities of all ways": (_along(_likeliest), _most),
        "a token that is just what is left of the text counts, too": _longer_only,
        "pass all tokens so far to next_tokens: the probabilities depend on them": (
            _from_the_start,
            _last_only,
        ),
        "along one way, probabilities are multiplied; only the ways are added": _added,
    },
    verdict="It no longer matters where your text ends.",
)
"""The probability that a model's text begins in some way, however it is split."""
