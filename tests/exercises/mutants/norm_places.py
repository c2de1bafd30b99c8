"""Plausible wrong answers to the exercises on the places of norms."""

import math

import torch

from llm_foundations.layers.block import post_norm, pre_norm


def stack(step, last=True, first_only=False):
    def run(x, norms, parts, last_norm):
        for norm, part in zip(norms, parts, strict=True):
            x = step(x, norms[0] if first_only else norm, part)
        return last_norm(x) if last else x

    return run


def on_the_stream(x, norm, part):
    x = norm(x)
    return x + part(x)


def without_norms(n, share):
    return (1 + share**2) ** (n / 2)


def pre(n, share):
    return math.sqrt(1 + n * share**2)


def spreads(without=without_norms, post=lambda n, share: 1, pre=pre):
    return lambda n, share: (without(n, share), post(n, share), pre(n, share))


def returns_early(x, norms, parts, last_norm):
    for norm, part in zip(norms, parts, strict=True):
        x = x + part(norm(x))
        return last_norm(x)


MUTANTS = {
    "check_spreads": [
        (spreads(lambda n, a: (1 + a) ** n), "add their variances"),
        (spreads(lambda n, a: 1 + n * a), "adds to, a stream that has grown"),
        (spreads(pre), "adds, the grown stream"),
        (spreads(lambda n, a: n), "without norms the spread is 1.398, got 3.000"),
        (spreads(post=pre), "post-norm comes second"),
        (spreads(post=lambda n, a: a), "post-norm the spread is 1.000, got 0.500"),
        (spreads(pre=lambda n, a: 1 + n * a**2), "its root is the spread"),
        (spreads(pre=lambda n, a: a * math.sqrt(n)), "the word itself is a term"),
        (spreads(pre=lambda n, a: 1), "before the last norm"),
        (spreads(pre=lambda n, a: n), "pre-norm the spread is 1.323, got 3.000"),
        (lambda n, a: 1.0, "return three numbers, .* got 1.0"),
        (lambda n, a: ("1", "one", "2"), "return three numbers, .* got .'1', 'one'"),
    ],
    "check_pre_norm_stack": [
        (stack(pre_norm, last=False), "the last norm is missing"),
        (stack(post_norm), "this is post-norm: the sum"),
        (stack(post_norm, last=False), "without the last norm"),
        (stack(on_the_stream), "the norm stands on the stream"),
        (stack(lambda x, norm, part: x + part(x)), "read the stream as it is"),
        (stack(lambda x, norm, part: part(norm(x))), "the stream is lost"),
        (stack(pre_norm, first_only=True), "all parts use the first norm"),
        (stack(lambda x, norm, part: x + norm(part(x))), "the norm stands behind"),
        (stack(lambda x, norm, part: norm(x) + part(x)), "copy are exchanged"),
        (returns_early, "it ends after the first part"),
        (stack(lambda x, norm, part: x + 2 * part(norm(x))), "differs from that of x"),
        (lambda x, norms, parts, last: torch.cat([x, x]), r"got \(4, 3, 4\)"),
    ],
}
