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


MUTANTS = {
    "check_spreads": [
        (lambda n: (2**n, 1, math.sqrt(n + 1)), "add their variances"),
        (lambda n: (math.sqrt(n + 1), 1, math.sqrt(n + 1)), "adds, the grown stream"),
        (lambda n: (2 ** (n / 2), 1, n + 1), "the spread of a root"),
        (lambda n: (2 ** (n / 2), 1, math.sqrt(n)), "the word itself is a term"),
        (
            lambda n: (2 ** (n / 2), math.sqrt(2), 1),
            "with post-norm is 1.000, got 1.414",
        ),
        (lambda n: (2 ** (n / 2), 1, 1), "with pre-norm is 2.000, got 1.000"),
        (lambda n: (n, 1, 1), "without norms is 2.828, got 3.000"),
        (lambda n: 1.0, "return three numbers, .* got 1.0"),
        (lambda n: ("1", "one", "2"), "return three numbers, .* got .'1', 'one'"),
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
        (stack(lambda x, norm, part: x + 2 * part(norm(x))), "differs from that of x"),
        (lambda x, norms, parts, last: torch.cat([x, x]), r"got \(4, 3, 4\)"),
    ],
}
