"""Answers that readers might write to the exercise on the most probable text."""

import heapq
import math

import pytest

from llm_foundations.exercises.introduction.what_is_an_llm_search import (
    check_most_probable,
)
from tests.exercises.answers import accepts, refuses


def by_recursion(next_tokens, beginning, n):
    def best(text, left):
        if left == 0 or text.endswith("\n"):
            return 1.0, ""
        options = []
        for token, chance in next_tokens(text).items():
            rest, continuation = best(text + token, left - 1)
            options.append((chance * rest, token + continuation))
        return max(options)

    return best(beginning, n)[1]


def by_logarithms_of_all(next_tokens, beginning, n):
    done, alive = {}, {"": 0.0}
    for _ in range(n):
        grown = {}
        for text, nats in alive.items():
            for token, chance in next_tokens(beginning + text).items():
                kind = done if token == "\n" else grown
                kind[text + token] = nats - math.log(chance)
        alive = grown
    every = done | alive
    return min(every, key=every.get)


def greedily(next_tokens, beginning, n):
    text = ""
    while n and not text.endswith("\n"):
        chances = next_tokens(beginning + text)
        text, n = text + max(chances, key=chances.get), n - 1
    return text


def by_best_first(next_tokens, beginning, n):
    heap = [(-1.0, 0, "")]
    while True:
        chance, length, text = heapq.heappop(heap)
        if length == n or text.endswith("\n"):
            return text
        for token, p in next_tokens(beginning + text).items():
            heapq.heappush(heap, (chance * p, length + 1, text + token))


def by_the_mean(next_tokens, beginning, n):
    done, alive = [], [(0.0, 0, "")]
    for _ in range(n):
        grown = [
            (logs + math.log(p), length + 1, text + token)
            for logs, length, text in alive
            for token, p in next_tokens(beginning + text).items()
        ]
        done += [found for found in grown if found[2].endswith("\n")]
        alive = [found for found in grown if not found[2].endswith("\n")]
    return max(done + alive, key=lambda found: found[0] / found[1])[2]


def ahead(k):
    def search(next_tokens, beginning, n):
        text = ""
        for left in range(n, 0, -1):
            if not text.endswith("\n"):
                best = by_recursion(next_tokens, beginning + text, min(k, left))
                text += best[:2]
        return text

    return search


def beam(width):
    def search(next_tokens, beginning, n):
        texts = [(1.0, "")]
        for _ in range(n):
            if texts[0][1].endswith("\n"):
                break
            grown = [pair for pair in texts if pair[1].endswith("\n")]
            for probability, text in texts:
                if not text.endswith("\n"):
                    chances = next_tokens(beginning + text).items()
                    grown += [(probability * p, text + token) for token, p in chances]
            texts = sorted(grown, reverse=True)[:width]
        return texts[0][1]

    return search


def without_the_ended(next_tokens, beginning, n):
    texts = [(1.0, "")]
    for _ in range(n):
        texts = [
            (probability * p, text + token)
            for probability, text in texts
            if not text.endswith("\n")
            for token, p in next_tokens(beginning + text).items()
        ]
    return max(texts)[1]


test_most_probable_accepts = accepts(
    check_most_probable, [by_recursion, by_logarithms_of_all, by_best_first]
)
test_most_probable_refuses = refuses(
    check_most_probable,
    {
        "a worse first token may lead to a better text": greedily,
        "the best mean per token": by_the_mean,
        "texts that had ended were dropped": without_the_ended,
        "without the beginning": lambda next_tokens, beginning, n: (
            beginning + by_recursion(next_tokens, beginning, n)
        ),
        "one token too short": lambda next_tokens, beginning, n: by_recursion(
            next_tokens, beginning, n - 1
        ),
        "one token too long": lambda next_tokens, beginning, n: by_recursion(
            next_tokens, beginning, n + 1
        ),
        "stop at the end token": lambda next_tokens, beginning, n: next_tokens(
            beginning + "\n"
        ),
        "pass the beginning": lambda next_tokens, beginning, n: next_tokens(""),
        "nothing was returned": lambda next_tokens, beginning, n: None,
    },
)


@pytest.mark.parametrize("k", [2, 3])
def test_looking_a_few_tokens_ahead_is_not_enough(k: int) -> None:
    with pytest.raises(AssertionError, match="looking only a few tokens ahead"):
        check_most_probable(ahead(k))


@pytest.mark.parametrize("width", [2, 3, 4, 5])
def test_beam_search_is_not_enough(width: int) -> None:
    with pytest.raises(AssertionError, match="few best texts"):
        check_most_probable(beam(width))
