"""Plausible wrong answers to the exercises on the transformer block."""

from itertools import pairwise

import torch


def replaced(x, attend, think, norm_1, norm_2, drop):
    x = drop(attend(norm_1(x)))
    return drop(think(norm_2(x)))


def post_norm(x, attend, think, norm_1, norm_2, drop):
    x = norm_1(x + drop(attend(x)))
    return norm_2(x + drop(think(x)))


def normalised_stream(x, attend, think, norm_1, norm_2, drop):
    x = norm_1(x)
    x = x + drop(attend(x))
    x = norm_2(x)
    return x + drop(think(x))


def old_stream(x, attend, think, norm_1, norm_2, drop):
    return x + drop(attend(norm_1(x))) + drop(think(norm_2(x)))


def dropped_stream(x, attend, think, norm_1, norm_2, drop):
    x = drop(x + attend(norm_1(x)))
    return drop(x + think(norm_2(x)))


def without_drop(x, attend, think, norm_1, norm_2, drop):
    x = x + attend(norm_1(x))
    return x + think(norm_2(x))


def one_norm(x, attend, think, norm_1, norm_2, drop):
    x = x + drop(attend(norm_1(x)))
    return x + drop(think(norm_1(x)))


def swapped_norms(x, attend, think, norm_1, norm_2, drop):
    x = x + drop(attend(norm_2(x)))
    return x + drop(think(norm_1(x)))


def without_norms(x, attend, think, norm_1, norm_2, drop):
    x = x + drop(attend(x))
    return x + drop(think(x))


def think_first(x, attend, think, norm_1, norm_2, drop):
    x = x + drop(think(norm_2(x)))
    return x + drop(attend(norm_1(x)))


def attention_alone(x, attend, think, norm_1, norm_2, drop):
    return x + drop(attend(norm_1(x)))


def streams(x, parts):
    rows = [x]
    for part in parts:
        rows.append(rows[-1] + part(rows[-1]))
    return rows


def added(x, parts):
    rows = streams(x, parts)
    return [x, *(b - a for a, b in pairwise(rows))]


def chain(x, parts):
    rows = [x]
    for part in parts:
        rows.append(part(rows[-1]))
    return rows


def drawn(shrink=1.0, std=0.02, *, everywhere=False, norms=False, biases=False):
    """GPT-2's rule with one thing wrong; `shrink` is a power of the two N additions."""

    def first_weights(block, n_layers):
        for name, p in block.named_parameters():
            small = everywhere or "o_proj" in name or "down_proj" in name
            if p.ndim == 2:
                scale = (2 * n_layers) ** -shrink if small else 1.0
                torch.nn.init.normal_(p, std=std * scale)
            elif norms or "norm" not in name:
                torch.nn.init.constant_(p, float(biases))

    return first_weights


def once_a_block(block, n_layers):
    drawn(0.5)(block, n_layers)
    for p in (block.attention.o_proj.weight, block.feed_forward.down_proj.weight):
        torch.nn.init.normal_(p, std=0.02 / n_layers**0.5)


def matrices(d_model, d_ff):
    return 4 * d_model**2 + 2 * d_model * d_ff


def biases(d_model, d_ff):
    return 5 * d_model + d_ff


MUTANTS = {
    "check_block": [
        (replaced, "the stream was replaced"),
        (post_norm, "that is post-norm"),
        (normalised_stream, "the stream itself was normalised"),
        (old_stream, "from before attention had added"),
        (dropped_stream, "drop fell on the stream"),
        (without_drop, "drop is missing"),
        (one_norm, "both parts use one norm"),
        (swapped_norms, "the norms are swapped"),
        (without_norms, "the norms are missing"),
        (think_first, "think came first"),
        (attention_alone, "the result is not x, and"),
        (lambda x, *parts: x[0], r"stays \(2, 3, 8\), got \(3, 8\)"),
    ],
    "check_contributions": [
        (streams, "that is the stream after each part"),
        (lambda x, parts: [x, *(part(x) for part in parts)], "each part read x alone"),
        (chain, "each part read what the last one added"),
        (lambda x, parts: added(x, parts)[1:], "the start is missing"),
        (lambda x, parts: streams(x, parts)[-1], r"a list of 4 tensors, got \(5, 4\)"),
        (lambda x, parts: [-row for row in added(x, parts)], "row 0 is not what"),
    ],
    "check_soft_neuron": [
        (lambda: ([3.0, 1.0, -1.0, 0.0], -3.0), "it fires at a pronoun that means the"),
        (lambda: ([1.0, -1.0, 1.0, 0.0], -0.5), "it fires at mat"),
        (lambda: ([1.0, 1.0, 0.0, 0.0], -1.8), "it fires at cat"),
        (lambda: ([3.0, -1.0, 1.0, 0.0], -2.9), "it fires at a pronoun that means not"),
        (lambda: ([3.0, -1.0, 1.0, 0.0], -4.0), "it gives 0.00 for a pronoun"),
        (lambda: ([3.0, -1.0, 1.0], -3.0), "4 numbers, got 3 weights"),
    ],
    "check_block_parameters": [
        (matrices, "the biases and the norms are missing"),
        (lambda c, f: matrices(c, f) + 4 * c, "the biases are missing"),
        (lambda c, f: matrices(c, f) + biases(c, f), "the norms are missing"),
        (lambda c, f: matrices(c, f) + biases(c, f) + 2 * c, "there are two norms"),
        (lambda c, f: 12 * c**2 + 13 * c, "d_ff need not be 4 d_model"),
        (lambda c, f: 3 * c**2 + 2 * c * f + 8 * c + f, "attention has four matrices"),
        (lambda c, f: 12 * c * f, "there are 3,280, got 12,288"),
    ],
    "check_first_weights": [
        (lambda block, n_layers: None, "the block has its old weights"),
        (drawn(0.0), "it adds to the stream, so shrink it"),
        (once_a_block, "there are two additions a block"),
        (drawn(1.0), "take the root"),
        (drawn(0.5, everywhere=True), "it does not add to the stream"),
        (drawn(0.5, std=0.1), "has the spread 0.1.* not 0.0200"),
        (drawn(0.5, norms=True), "a norm starts at 1"),
        (drawn(0.5, biases=True), "biases start at 0"),
    ],
}
