"""Plausible wrong answers to the exercises on the transformer block."""

from functools import partial
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


def one_sum(x, *parts, first=None, then=None):
    """A right block but for one of its sums."""
    attend, think, norm_1, norm_2, drop = parts

    def added(x, part, norm, drop):
        return x + drop(part(norm(x)))

    x = (first or added)(x, attend, norm_1, drop)
    return (then or added)(x, think, norm_2, drop)


def both_sums(wrong):
    return partial(one_sum, first=wrong, then=wrong)


def overwriting(x, attend, think, norm_1, norm_2, drop):
    x += drop(attend(norm_1(x)))
    x += drop(think(norm_2(x)))
    return x


def attending_twice(x, attend, think, norm_1, norm_2, drop):
    def middle():
        return x + drop(attend(norm_1(x)))

    return middle() + drop(think(norm_2(middle())))


def old_sum(x, attend, think, norm_1, norm_2, drop):
    middle = x + drop(attend(norm_1(x)))
    return x + drop(think(norm_2(middle)))


def one_norm(x, attend, think, norm_1, norm_2, drop):
    x = x + drop(attend(norm_1(x)))
    return x + drop(think(norm_1(x)))


def swapped_norms(x, attend, think, norm_1, norm_2, drop):
    x = x + drop(attend(norm_2(x)))
    return x + drop(think(norm_1(x)))


def think_first(x, attend, think, norm_1, norm_2, drop):
    x = x + drop(think(norm_2(x)))
    return x + drop(attend(norm_1(x)))


def think_first_with_norms_in_order(x, attend, think, norm_1, norm_2, drop):
    x = x + drop(think(norm_1(x)))
    return x + drop(attend(norm_2(x)))


def attention_alone(x, attend, think, norm_1, norm_2, drop):
    return x + drop(attend(norm_1(x)))


def thinking_alone(x, attend, think, norm_1, norm_2, drop):
    return x + drop(think(norm_2(x)))


def half(x, attend, think, norm_1, norm_2, drop):
    x = x + drop(attend(norm_1(x))) / 2
    return x + drop(think(norm_2(x))) / 2


def adding_in_place(x, parts):
    rows = [x]
    for part in parts:
        y = part(x)
        x += y
        rows.append(y)
    return rows


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


def one_std_for_all_depths(block, n_layers):
    drawn(0.5)(block, n_layers)
    for p in (block.attention.o_proj.weight, block.feed_forward.down_proj.weight):
        torch.nn.init.normal_(p, std=0.02 / 2**0.5)


def new_parameters(block, n_layers):
    for module in block.modules():
        if isinstance(module, torch.nn.Linear):
            module.weight = torch.nn.Parameter(0.02 * torch.randn_like(module.weight))


def with_gradient(block, n_layers):
    for p in block.parameters():
        p.mul_(0.02)


def less(missing):
    """The count, less what is missing of it."""
    return lambda c, f: 4 * c**2 + 2 * c * f + 9 * c + f - missing(c, f)


MUTANTS = {
    "check_block": [
        (replaced, "the stream was replaced"),
        (post_norm, "that is post-norm"),
        (normalised_stream, "the stream itself was normalised"),
        (old_stream, "from before attention had added"),
        (dropped_stream, "drop fell on the stream"),
        (both_sums(lambda x, f, norm, drop: x + f(norm(x))), "^drop is missing"),
        (partial(one_sum, then=lambda x, f, n, d: x + f(n(x))), "think: drop is"),
        (partial(one_sum, first=lambda x, f, n, d: x + f(n(x))), "attend: drop is"),
        (both_sums(lambda x, f, n, d: x + f(d(n(x)))), "drop came before the part"),
        (both_sums(lambda x, f, n, d: x + f(n(d(x)))), "drop came before the norm"),
        (both_sums(lambda x, f, n, d: x + d(n(f(x)))), "norm came after the part"),
        (both_sums(lambda x, f, n, d: x + n(d(f(x)))), "norm came after drop"),
        (partial(one_sum, then=lambda x, f, n, d: d(f(n(x)))), "think: the stream was"),
        (partial(one_sum, first=lambda x, f, n, d: d(f(n(x)))), "attend: the stream w"),
        (partial(one_sum, then=lambda x, f, n, d: n(x + d(f(n(x))))), "the last sum"),
        (old_sum, "what attention added is lost"),
        (overwriting, r"`\+=` changed the x of your caller"),
        (attending_twice, "drop was called 3 times"),
        (one_norm, "both parts use one norm"),
        (swapped_norms, "the norms are swapped"),
        (both_sums(lambda x, f, n, d: x + d(f(x))), "the norm is missing"),
        (think_first, "think came first"),
        (think_first_with_norms_in_order, "think came first: attend, then think"),
        (attention_alone, "think is missing: only attend has added"),
        (thinking_alone, "attend is missing: only think has added"),
        (half, "the result is not x, and"),
        (lambda x, *parts: x[0], r"stays \(2, 3, 8\), got \(3, 8\)"),
    ],
    "check_contributions": [
        (streams, "that is the stream after each part"),
        (lambda x, parts: [x, *(part(x) for part in parts)], "each part read x alone"),
        (chain, "each part read what the last one added"),
        (lambda x, parts: added(x, parts)[1:], "the start is missing"),
        (lambda x, parts: streams(x, parts)[-1], r"a list of 4 tensors, got \(5, 4\)"),
        (lambda x, parts: [*added(x, parts), x], "a list of 4 tensors, got 5$"),
        (lambda x, parts: [-row for row in added(x, parts)], "row 0 is not what"),
        (adding_in_place, r"`\+=` changed x itself"),
    ],
    "check_soft_neuron": [
        (
            lambda: ([3.0, 1.0, -1.0, 0.0], -3.0),
            r"0.556 for \(1, 0.734, 0.178, 0\), it ",
        ),
        (lambda: ([3.0, -2.0, 2.0, 0.0], -3.0), r"gives 1.000 for \(0, 0, 2, 0\), mat"),
        (
            lambda: ([0.0, 1.0, 0.0, 0.0], -1.4),
            r"it gives 0.100 for \(0, 1.5, 0.5, 0\)",
        ),
        (
            lambda: ([6.0, -2.0, 2.0, 0.0], -5.9),
            "it when it has fetched nothing: it mus",
        ),
        (lambda: ([3.0, -1.0, 1.0, 0.0], -3.0), "it gives 0.556 .* at least 1"),
        (lambda: ([6.0, -2.0, 2.0], -6.0), "4 numbers, got 3 weights"),
        (lambda: (6.0, -2.0, 2.0, 0.0, -6.0), "return two things.*got \\(6.0, -2.0"),
        (lambda: None, "return two things.*got None"),
        (lambda: ({"it": 6.0}, -6.0), "weights and a bias are numbers"),
        (lambda: ([6.0, -2.0, 2.0, 0.0], [-6.0, 0.0]), "one bias, got 2"),
    ],
    "check_block_parameters": [
        (less(lambda c, f: 9 * c + f), "the biases and the norms are missing"),
        (less(lambda c, f: 5 * c + f), "^the biases are missing"),
        (less(lambda c, f: 4 * c), "four biases of attention, or the two norms"),
        (less(lambda c, f: 8 * c), "the biases of attention and the norms are missing"),
        (less(lambda c, f: c + f), "biases of the feed-forward layer are missing"),
        (less(lambda c, f: f), "first bias of the feed-forward layer is missing"),
        (less(lambda c, f: 2 * c), "there are two norms"),
        (less(lambda c, f: c), "one bias of attention, or the feed-forward layer's"),
        (less(lambda c, f: c**2 + c), "attention has four matrices"),
        (lambda c, f: 12 * c**2 + 13 * c, "d_ff need not be 4 d_model"),
        (lambda c, f: 12 * c * f, "there are 2,488, got 7,680"),
        (lambda c, f: None, "there are 2,488, got None"),
    ],
    "check_first_weights": [
        (lambda block, n_layers: None, "the block has its old weights"),
        (new_parameters, "attention.q_proj.weight is a new Parameter"),
        (with_gradient, r"nn.init, or below torch.no_grad\(\)"),
        (one_std_for_all_depths, "count the additions of all 6 blocks"),
        (drawn(0.0), "it adds to the stream, so shrink it"),
        (once_a_block, "there are two additions a block"),
        (drawn(1.0), "take the root"),
        (drawn(0.5, everywhere=True), "it does not add to the stream"),
        (drawn(0.5, std=0.1), "has the spread 0.1.* not 0.0200"),
        (drawn(0.5, norms=True), "a norm starts at 1"),
        (drawn(0.5, biases=True), "biases start at 0"),
    ],
}
