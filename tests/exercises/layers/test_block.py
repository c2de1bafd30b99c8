"""Answers that readers wrote to the exercises on the transformer block."""

from functools import partial, reduce
from itertools import pairwise

import numpy as np
import torch
from torch import nn

from llm_foundations.exercises.layers.block import (
    check_block,
    check_block_parameters,
    check_contributions,
    check_first_weights,
    check_soft_neuron,
)
from llm_foundations.layers.block import TransformerBlock, pre_norm
from llm_foundations.layers.feed_forward import FeedForward
from llm_foundations.layers.multi_head_attention import MultiHeadAttention
from llm_foundations.layers.normalization import LayerNorm
from tests.exercises.answers import accepts, refuses


def as_a_loop(x, attend, think, norm_1, norm_2, drop):
    for sublayer, norm in ((attend, norm_1), (think, norm_2)):
        x = x + drop(sublayer(norm(x)))
    return x


def by_the_package(x, attend, think, norm_1, norm_2, drop):
    x = pre_norm(x, norm_1, lambda h: drop(attend(h)))
    return pre_norm(x, norm_2, lambda h: drop(think(h)))


def in_place_of_a_copy(x, attend, think, norm_1, norm_2, drop):
    stream = x.clone()
    stream += drop(attend(norm_1(x)))
    stream += drop(think(norm_2(stream)))
    return stream


test_block_accepts = accepts(
    check_block, [as_a_loop, by_the_package, in_place_of_a_copy]
)
test_block_refuses = refuses(
    check_block,
    {
        "the result: entry (0, 0, 0): expected": lambda x, attend, think, n1, n2, d: (
            x + d(think(n2(x + d(attend(n1(x))) / 2)))
        ),
        "nothing was returned": lambda x, *parts: None,
        "got (3, 4)": lambda x, *parts: as_a_loop(x, *parts)[0],
        "at attend: the norm is missing": lambda x, attend, think, n1, n2, d: x.add_(
            d(attend(x))
        ).add_(d(think(n2(x)))),
    },
)


def from_the_sum(x, parts):
    return reduce(lambda rows, part: [*rows, part(sum(rows))], parts, [x])


def stacked(x, parts):
    return torch.stack(from_the_sum(x, parts))


def differences(x, parts):
    streams = [x]
    for part in parts:
        streams.append(streams[-1] + part(streams[-1]))
    return [x, *(b.double() - a.double() for a, b in pairwise(streams))]


def one_by_one(x, parts):
    yield x
    for part in parts:
        yield (y := part(x))
        x = x + y


test_contributions_accepts = accepts(
    check_contributions, [from_the_sum, stacked, differences, one_by_one]
)
test_contributions_refuses = refuses(
    check_contributions,
    {
        "expected 3 results, got 5": lambda x, parts: [x] * (2 * len(parts) + 1),
        "result 1: expected [[": lambda x, parts: [
            -row for row in from_the_sum(x, parts)
        ],
        "result 1: expected the shape (2, 3)": lambda x, parts: [
            row[0] for row in from_the_sum(x, parts)
        ],
    },
)

test_soft_neuron_accepts = accepts(
    check_soft_neuron,
    [
        lambda: ([6.0, -2.0, 2.0, 0.0], -6.0),
        lambda: [np.array([[6, -2, 2, 0]]), np.array([-6])],
        lambda: (torch.tensor([40, -20, 20, -3]), torch.tensor(-42.0)),
        lambda: (part for part in ((12, -8, 6, 5), -12)),
    ],
)
test_soft_neuron_refuses = refuses(
    check_soft_neuron,
    {
        "0.556 for (1, 0.734, 0.178, 0), it when it means the cat": lambda: (
            [3.0, 1.0, -1.0, 0.0],
            -3.0,
        ),
        "0.100 for (1, 0, 0, 0), it when it has fetched nothing": lambda: (
            [6.0, -2.0, 2.0, 0.0],
            -5.9,
        ),
        "1.000 for (0, 0, 2, 0), mat": lambda: ([3.0, -2.0, 2.0, 0.0], -3.0),
        "0.100 for (0, 1.5, 0.5, 0), cat": lambda: ([0.0, 1.0, 0.0, 0.0], -1.4),
        "nan for (1, 0.734": lambda: ([torch.nan] * 4, 0.0),
        "it gives 0.556 for (1, 0.178": lambda: ([3.0, -1.0, 1.0, 0.0], -3.0),
        "four weights and a bias, got [6, -2, 2, 0, -6]": lambda: torch.tensor(
            [6.0, -2.0, 2.0, 0.0, -6.0]
        ),
        "nothing was returned": lambda: None,
    },
)


def of_the_package(d_model, d_ff):
    attention = MultiHeadAttention(d_model, 1)
    norm = partial(LayerNorm, d_model)
    block = TransformerBlock(attention, FeedForward(d_model, d_ff), norm)
    return sum(p.numel() for p in block.parameters())


def of_pytorch(d_model, d_ff):
    return sum(
        p.numel() for p in nn.TransformerEncoderLayer(d_model, 1, d_ff).parameters()
    )


test_count_accepts = accepts(
    check_block_parameters,
    [
        of_the_package,
        of_pytorch,
        lambda c, f: np.float64(4 * c * c + 2 * c * f + 9 * c + f),
    ],
)
test_count_refuses = refuses(
    check_block_parameters,
    {
        "with d_model=5, d_ff=7, expected 222, got 420": lambda c, f: 12 * c * f,
        "nothing was returned": lambda c, f: None,
        "expected a number, got 'many'": lambda c, f: "many",
    },
)


@torch.no_grad()
def in_double(block, n_layers):
    for name, p in block.named_parameters():
        if p.ndim == 2:
            adds = name.split(".")[1] in ("o_proj", "down_proj")
            std = 0.02 / (2 * n_layers) ** 0.5 if adds else 0.02
            p.copy_(torch.randn(p.shape, dtype=torch.float64) * std)
        elif "proj" in name:
            p.zero_()


def into_data(block, n_layers):
    rng = np.random.default_rng(0)
    for module in block.modules():
        if isinstance(module, nn.Linear):
            drawn = rng.normal(scale=0.02, size=module.weight.shape)
            module.weight.data = torch.as_tensor(drawn, dtype=torch.float32)
            module.bias.data.zero_()
    for module in (block.attention.o_proj, block.feed_forward.down_proj):
        module.weight.data /= (2 * n_layers) ** 0.5


def returning_the_block(block, n_layers):
    in_double(block, n_layers)
    return block


test_first_weights_accepts = accepts(
    check_first_weights, [in_double, into_data, returning_the_block]
)


def with_gradients(block, n_layers):
    for p in block.parameters():
        p.mul_(0.02)


def zeroed(block, n_layers):
    for p in block.parameters():
        nn.init.zeros_(p)


test_first_weights_refuses = refuses(
    check_first_weights,
    {
        "requires grad is being used in an in-place operation. (line": with_gradients,
        "has the standard deviation 0.0000 instead of 0.02": zeroed,
        "it raised AttributeError": lambda block, n_layers: block.mlp,
    },
)
