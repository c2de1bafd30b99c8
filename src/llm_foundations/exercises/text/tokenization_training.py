"""The exercise of the lesson on tokenization: training on bytes and counts."""

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from llm_foundations.exercises.exercise import Case, Exercise, case

_Ids = tuple[int, ...]
_Pair = tuple[int, int]


def _replaced(ids: _Ids, pair: _Pair, new: int) -> _Ids:
    found: list[int] = []
    for i in ids:
        if found and (found[-1], i) == pair:
            found[-1] = new
        else:
            found.append(i)
    return tuple(found)


def _from_the_right(ids: _Ids, pair: _Pair, new: int) -> _Ids:
    return _replaced(ids[::-1], pair[::-1], new)[::-1]


def _pairs(words: Mapping[_Ids, int]) -> Counter[_Pair]:
    pairs: Counter[_Pair] = Counter()
    for ids, count in words.items():
        for pair in pairwise(ids):
            pairs[pair] += count
    return pairs


_Key = Callable[[_Pair, Mapping[_Pair, int], list[bytes]], Any]


def _by_ids(pair: _Pair, pairs: Mapping[_Pair, int], tokens: list[bytes]) -> Any:
    return -pairs[pair], pair


def _by_bytes(pair: _Pair, pairs: Mapping[_Pair, int], tokens: list[bytes]) -> Any:
    return -pairs[pair], [tokens[i] for i in pair]


def _by_order(pair: _Pair, pairs: Mapping[_Pair, int], tokens: list[bytes]) -> Any:
    return -pairs[pair]


def _by_largest(pair: _Pair, pairs: Mapping[_Pair, int], tokens: list[bytes]) -> Any:
    return -pairs[pair], -pair[0], -pair[1]


def _trainer(
    key: _Key = _by_ids,
    weigh: Callable[[int], int] = int,
    again: bool = True,
    replace: Callable[[_Ids, _Pair, int], _Ids] | None = _replaced,
) -> Callable[[Mapping[str, int], int], list[bytes]]:
    """Return what trains with some rule for ties, weight and count."""

    def train(counts: Mapping[str, int], n_merges: int) -> list[bytes]:
        words = {tuple(w.encode()): weigh(n) for w, n in counts.items()}
        tokens = [bytes([i]) for i in range(256)]
        pairs = _pairs(words)
        for _ in range(n_merges):
            pairs = _pairs(words) if again else pairs
            if not pairs:
                break
            best = min(pairs, key=lambda pair: key(pair, pairs, tokens))
            if not again:
                del pairs[best]
            if replace:
                new = len(tokens)
                words = {replace(ids, best, new): n for ids, n in words.items()}
            tokens.append(tokens[best[0]] + tokens[best[1]])
        return tokens[256:]

    return train


def _on_letters(counts: Mapping[str, int], n_merges: int) -> list[str]:
    """Train on letters, whose ids are their code points."""
    words = {tuple(map(ord, word)): n for word, n in counts.items()}
    tokens: dict[int, str] = {i: chr(i) for ids in words for i in ids}
    first = 0x110000
    for new in range(first, first + n_merges):
        pairs = _pairs(words)
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        words = {_replaced(ids, best, new): n for ids, n in words.items()}
        tokens[new] = tokens[best[0]] + tokens[best[1]]
    return [token for i, token in tokens.items() if i >= first]


def _as_bytes(token: Any) -> bytes:
    """Return a merged token, which may be written as the pair that it joins."""
    if isinstance(token, str):
        return token.encode()
    if isinstance(token, (bytes, bytearray)):
        return bytes(token)
    return b"".join(map(_as_bytes, token))


def _tokens(result: Any, *arguments: Any) -> list[str]:
    return [repr(_as_bytes(token)) for token in result]


def _case(n_merges: int, /, **counts: int) -> Case:
    return case(counts, n_merges, when=f"for {counts} and {n_merges} merges")


check_train = Exercise(
    "check_train",
    right=_trainer(),
    cases=[
        _case(3, banana=1, bandana=1),
        _case(3, the=5, hen=2, den=4),
        _case(4, né=3, née=2, nuit=4),
        _case(3, بيت=2, باب=1),
        _case(4, zab=2, ab=1, cab=1, zoo=2),
        _case(5, mango=2, among=3, onga=2),
        _case(9, it=2, on=1),
        _case(3, aaab=3),
        _case(2, a=7),
        _case(0, no=2),
        case({}, 3, when="for no words and 3 merges"),
    ],
    mistakes={
        "this counts each word once: weigh its pairs by how often it occurs": (
            _trainer(weigh=lambda n: 1)
        ),
        "start from the bytes of each word, word.encode(): é is two of them": (
            _on_letters
        ),
        "count the pairs again after each merge": _trainer(again=False),
        "replace the pair in the words before you count again": (
            _trainer(replace=None)
        ),
        "in a tie, compare the ids, first the left one and then the right one: a "
        "merged token's id is larger than every byte's": (
            _trainer(_by_bytes),
            _trainer(_by_order),
            _trainer(_by_largest),
        ),
        "merge from the left: in aaa, the pair a, a becomes aa, a": (
            _trainer(replace=_from_the_right)
        ),
        "return only the merged tokens, without the 256 bytes": (
            lambda counts, n: [bytes([i]) for i in range(256)] + _trainer()(counts, n)
        ),
        "return the tokens in the order of training": (
            lambda counts, n: sorted(_trainer()(counts, n))
        ),
    },
    observe=_tokens,
    verdict="This is how a trainer reads billions of words: each distinct one once.",
)
"""Byte-pair encoding of bytes, learned from words and their counts."""
