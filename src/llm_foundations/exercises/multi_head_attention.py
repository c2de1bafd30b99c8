"""Checkers of the lesson on multi-head attention."""

from typing import Any

import torch
from torch import Tensor, nn

from llm_foundations.exercises.checking import (
    Function,
    call,
    checker,
    require,
    same,
    shape_of,
)
from llm_foundations.layers import attention as reference


@checker("Each head has its own slice of every word.")
def check_split_heads(split_heads: Function) -> None:
    """Check the cut of each position's vector into heads.

    Args:
        split_heads: Takes `x` (B, T, C) and the number of heads; returns
            (B, H, T, D).
    """
    x = torch.arange(2 * 3 * 8.0).view(2, 3, 8)
    heads = call(split_heads, x, 4, when="with (2, 3, 8) and 4 heads")
    cut = x.view(2, 3, 4, 2)
    require(
        shape_of(heads) != (2, 3, 4, 2),
        "(2, 3, 4, 2) has the words before the heads: transpose them",
    )
    require(
        shape_of(heads) == (2, 4, 3, 2),
        f"(2, 3, 8) with 4 heads needs (2, 4, 3, 2), got {shape_of(heads)}",
    )
    require(
        not same(x.view(2, 4, 3, 2), heads),
        "the sentence was cut instead of the vectors: view has the shape, "
        "but it deals the numbers out in order; cut the last axis, then transpose",
    )
    require(
        not same(x.view(2, 3, 2, 4).permute(0, 3, 1, 2), heads),
        "head 0 got every fourth number: it needs the first two of each word",
    )
    require(same(cut.transpose(1, 2), heads), "the heads hold the wrong numbers")


@checker("It undoes the split.")
def check_join_heads(join_heads: Function) -> None:
    """Check the way back from heads to one vector a position.

    Args:
        join_heads: Takes (B, H, T, D); returns (B, T, C).
    """
    x = torch.arange(2 * 3 * 8.0).view(2, 3, 8)
    # As attention hands them over: in one piece, so that view alone would do.
    heads = x.view(2, 3, 4, 2).transpose(1, 2).contiguous()
    joined = call(join_heads, heads, when="with (2, 4, 3, 2)")
    require(
        shape_of(joined) != (2, 3, 2),
        "(2, 3, 2) is what is left after adding or averaging heads: join them",
    )
    require(
        shape_of(joined) == (2, 3, 8),
        f"(2, 4, 3, 2) joins to (2, 3, 8), got {shape_of(joined)}",
    )
    require(
        not same(heads.reshape(2, 3, 8), joined),
        "reshape alone mixes words: move the heads behind the words first",
    )
    require(same(x, joined), "the numbers stand in the wrong order")


@checker("It agrees with PyTorch's layer, for four heads and for one.")
def check_multi_head_attention(multi_head_attention: Function) -> None:
    """Check a whole layer of multi-head attention without a mask.

    Args:
        multi_head_attention: Takes `x, w_q, w_k, w_v, w_o, n_heads`, the matrices
            (C, C) and to the right of what they multiply; returns (B, T, C).
    """
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 5, 8, generator=generator)
    matrices = list(torch.randn(4, 8, 8, generator=generator) / 2)
    for n_heads in (4, 1):
        result = call(
            multi_head_attention, x, *matrices, n_heads, when=f"with {n_heads} heads"
        )
        require(
            shape_of(result) == (2, 5, 8),
            f"(2, 5, 8) stays (2, 5, 8), got {shape_of(result)}",
        )
        _explain_layer(result, x, matrices, n_heads)


def _explain_layer(
    result: Tensor, x: Tensor, matrices: list[Tensor], n_heads: int
) -> None:
    w_q, w_k, w_v, w_o = matrices
    without_w_o = [w_q, w_k, w_v, torch.eye(len(w_o))]
    require(
        not same(_layer(x, without_w_o, n_heads), result),
        "W_o is missing: multiply the joined heads by it",
    )
    # One head is as wide as the model, so these two cannot be told from right.
    if n_heads > 1:
        too_small = [w_q / n_heads**0.5, w_k, w_v, w_o]
        require(
            not same(_layer(x, too_small, n_heads), result),
            "the scores were divided by the root of d_model: "
            "one head has only d_model / n_heads numbers",
        )
        require(
            not same(_layer(x, matrices, 1), result),
            f"with {n_heads} heads the result is that of one head: "
            "split before attending",
        )
    unscaled = [w_q * (w_q.shape[-1] / n_heads) ** 0.5, w_k, w_v, w_o]
    require(
        not same(_layer(x, unscaled, n_heads), result),
        "the scores were not divided by the root of one head's width",
    )
    require(
        not same(_layer(x, [w.T for w in matrices], n_heads), result),
        "the matrices were transposed: here it is x @ w_q, not nn.Linear's x @ w.T",
    )
    require(
        same(_layer(x, matrices, n_heads), result),
        f"with {n_heads} heads the result differs from PyTorch's",
    )


def _layer(x: Tensor, matrices: list[Tensor], n_heads: int) -> Tensor:
    """PyTorch's own layer, with the matrices in its order."""
    w_q, w_k, w_v, w_o = matrices
    layer = nn.MultiheadAttention(len(w_o), n_heads, bias=False, batch_first=True)
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.cat([w_q.T, w_k.T, w_v.T]))
        layer.out_proj.weight.copy_(w_o.T)
        result: Tensor = layer(x, x, x, need_weights=False)[0]
    return result


@checker("Head 0 looks at the first word, head 1 at the word before.")
def check_two_heads(two_heads: Function) -> None:
    """Check queries and keys of two heads that do two jobs.

    Args:
        two_heads: Takes the number of words `n`; returns queries and keys, each
            (2, n, D) for a D of the reader's choice.
    """
    for n in (3, 8):
        q, k = call(two_heads, n, when=f"with n={n}")
        q, k = (torch.as_tensor(x, dtype=torch.float32) for x in (q, k))
        require(
            q.ndim == 3 and q.shape[:2] == (2, n) and q.shape == k.shape,
            f"n={n} needs q and k of one shape (2, {n}, D), "
            f"got {shape_of(q)} and {shape_of(k)}",
        )
        mask = reference.causal_mask(n)
        weights = reference.scaled_dot_product_attention(q, k, k, mask)[1]
        first, before = weights[:, 2:, 0], weights[:, 1:].diagonal(0, 1, 2)[:, 1:]
        _explain_jobs(first.min(-1).values.tolist(), before.min(-1).values.tolist())


def _explain_jobs(first: list[float], before: list[float]) -> None:
    swapped = first[1] >= 0.9 and before[0] >= 0.9
    require(not swapped, "the jobs are swapped: head 0 looks at the first word")
    same_job = min(first) >= 0.9 or min(before) >= 0.9
    require(not same_job, "both heads do the same job")
    jobs = (
        ("head 0", "the first word", first[0]),
        ("head 1", "the word before", before[1]),
    )
    for head, word, weight in jobs:
        require(
            weight > 0.05, f"{head} avoids {word} ({weight:.3f}): where does it look?"
        )
        require(
            weight >= 0.9,
            f"{head} gives {word} only {weight:.3f}: make that score larger",
        )


@checker("Keys and values, every layer, every key-value head, two bytes each.")
def check_tokens_that_fit(tokens_that_fit: Function) -> None:
    """Check how many tokens' keys and values fit into a memory.

    Args:
        tokens_that_fit: Takes `n_bytes, n_layers, n_kv_heads, d_head`; returns whole
            tokens, at 2 bytes a number.
    """
    layers, heads, width = 3, 5, 7
    bytes_of_one = 2 * layers * heads * width * 2
    given = (1000 * bytes_of_one + 100, layers, heads, width)
    count: Any = call(tokens_that_fit, *given, when=f"with {given}")
    require(
        count != given[0] // (bytes_of_one // 2),
        "twice too many: keys and values, and 2 bytes for each number",
    )
    require(
        count != given[0] // (bytes_of_one // layers),
        "that is one layer: each layer has its own cache",
    )
    require(
        count != given[0] // (bytes_of_one // heads),
        "that is one key-value head: count all of them",
    )
    require(count == int(count), f"whole tokens are asked for, got {count}")
    require(count == 1000, f"for {given} 1000 tokens fit, got {count}")


@checker("Neighbouring heads share one group.")
def check_share_heads(share_heads: Function) -> None:
    """Check how key-value heads are shared among heads.

    Args:
        share_heads: Takes keys (B, G, S, D) and the number of heads H; returns
            (B, H, S, D).
    """
    k = torch.arange(2 * 2 * 3 * 4.0).view(2, 2, 3, 4)
    shared = call(share_heads, k, 6, when="with 2 groups and 6 heads")
    require(
        shape_of(shared) == (2, 6, 3, 4),
        f"(2, 2, 3, 4) with 6 heads needs (2, 6, 3, 4), got {shape_of(shared)}",
    )
    require(
        not same(k.repeat(1, 3, 1, 1), shared),
        "the groups take turns: head 1 must use group 0 again (repeat_interleave)",
    )
    require(
        not same(k[:, :1].expand(2, 6, 3, 4), shared),
        "all heads use group 0: that is multi-query attention",
    )
    expected = torch.stack([k[:, h // 3] for h in range(6)], dim=1)
    require(same(expected, shared), "head h must use group h // 3")
