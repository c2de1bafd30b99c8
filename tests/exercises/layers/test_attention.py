"""Answers that readers wrote to the exercises on attention."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from llm_foundations.exercises.layers.attention import (
    check_attention,
    check_causal_mask,
    check_look_at_first,
    check_padding_mask,
    check_score_spread,
    check_weights_by_hand,
)
from llm_foundations.layers.attention import scaled_dot_product_attention
from tests.exercises.answers import accepts, refuses

test_weights_accepts = accepts(
    check_weights_by_hand,
    [
        lambda: [0.45, 0.45, 0.11],
        lambda: (0.446, 0.446, 0.108),
        lambda: np.array([0.4458, 0.4458, 0.1084]),
        lambda: torch.tensor([[2.0, 2.0, 0.0]]).div(2**0.5).softmax(-1),
        lambda: (math.exp(s / 2**0.5) / 9.226 for s in (2, 2, 0)),
    ],
)
test_weights_refuses = refuses(
    check_weights_by_hand,
    {
        "this is not right: [0.33333, 0.33333, 0.33333]": lambda: [1 / 3] * 3,
        "nothing was returned: end with return": lambda: None,
        "these are the exponentials": lambda: [4.11, 4.11, 1.0],
        "these are the weights of the query (1, 2)": lambda: [0.73, 0.18, 0.09],
        "percentages": lambda: [44.6, 44.6, 10.8],
        "three words need three weights, got 0.45": lambda: 0.45,
    },
)

test_spread_accepts = accepts(
    check_score_spread,
    [
        lambda d_head, std: np.sqrt(d_head) * std**2,
        lambda d_head, std: torch.tensor(d_head * std**4).sqrt(),
        lambda d_head, std: torch.tensor([d_head]) ** 0.5 * std * std,
    ],
)
test_spread_refuses = refuses(
    check_score_spread,
    {
        "with d_head=16, std=1, expected 4, got 8": lambda d_head, std: d_head / 2,
        "one product has": lambda d_head, std: d_head**0.5 * std**4,
        "nothing was returned": lambda d_head, std: None,
    },
)


def by_numpy(q, k, v, mask=None):
    q, k, v = map(np.asarray, (q, k, v))
    scores = q @ np.swapaxes(k, -2, -1) / np.sqrt(q.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = powers / powers.sum(axis=-1, keepdims=True)
    return weights @ v, weights


def numpy_root(q, k, v, mask=None):
    scores = q @ k.transpose(-2, -1) / np.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, -np.inf)
    weights = np.exp(scores - torch.logsumexp(scores, -1, keepdim=True))
    return weights.to(v.dtype) @ v, weights


def in_double(q, k, v, mask=None):
    return scaled_dot_product_attention(q.double(), k.double(), v.double(), mask)


def in_place(q, k, v, mask=None):
    q /= math.sqrt(q.shape[-1])
    scores = torch.einsum("...td,...sd->...ts", q, k)
    if mask is not None:
        scores += torch.where(mask, 0.0, -1e9)
    scores -= scores.max(-1, keepdim=True).values
    weights = scores.exp_()
    weights /= weights.sum(-1, keepdim=True)
    return [weights @ v, weights]


def by_loops(q, k, v, mask=None):
    batch, (n_queries, d_head), n_keys = q.shape[:-2], q.shape[-2:], k.shape[-2]
    weights = torch.zeros(*batch, n_queries, n_keys)
    mask = torch.ones_like(weights).bool() if mask is None else mask
    mask = mask.expand(weights.shape)
    for at in np.ndindex(*batch):
        for i in range(n_queries):
            seen = [j for j in range(n_keys) if mask[at][i, j]]
            scores = [(q[at][i] * k[at][j]).sum() / d_head**0.5 for j in seen]
            weights[at][i, seen] = torch.stack(scores).softmax(0)
    return weights @ v, weights


def by_pytorch(q, k, v, mask=None):
    eye = torch.eye(k.shape[-2]).expand(*k.shape[:-1], -1)
    weights = F.scaled_dot_product_attention(q, k, eye, attn_mask=mask)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask), weights


def first_mask_of_the_batch(q, k, v, mask=None):
    if mask is not None and mask.ndim == 3:
        mask = mask[0]
    return scaled_dot_product_attention(q, k, v, mask)


def mask_for_one_text(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if mask is not None:
        scores[..., ~mask] = -torch.inf
    weights = scores.softmax(-1)
    return weights @ v, weights


def neither_scale_nor_mask(q, k, v, mask=None):
    weights = (q @ k.mT).softmax(-1)
    return weights @ v, weights


def masked_by_minus_100(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, -100.0)
    return scores.softmax(-1) @ v, scores.softmax(-1)


def all_axes_turned(q, k, v, mask=None):
    scores = q @ k.permute(*reversed(range(k.ndim))) / q.shape[-1] ** 0.5
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    return scores.softmax(-1) @ v, scores.softmax(-1)


test_attention_accepts = accepts(
    check_attention,
    [by_numpy, numpy_root, in_double, in_place, by_loops, by_pytorch],
)
test_attention_refuses = refuses(
    check_attention,
    {
        "here the first served all": first_mask_of_the_batch,
        "it raised IndexError": mask_for_one_text,
        "the scores were not divided by sqrt(d_head)": neither_scale_nor_mask,
        "with scores near -1,000, the mixed values: ": masked_by_minus_100,
        "it raised RuntimeError": all_axes_turned,
        "results (the mixed values, the weights)": lambda q, k, v, mask=None: [q] * 3,
        "the mixed values: expected the shape (2, 5), got (3, 5)": (
            lambda q, k, v, mask=None: (v, q @ k.mT)
        ),
    },
)


def one_too_many_in_row_3(n):
    mask = torch.ones(n, n).tril().bool()
    mask[3:4, 4:] = True
    return mask


test_causal_mask_accepts = accepts(
    check_causal_mask,
    [
        lambda n: np.tril(np.ones((n, n), dtype=bool)),
        lambda n: [[j <= i for j in range(n)] for i in range(n)],
        lambda n: ~torch.ones(n, n, dtype=torch.bool).triu(1),
        lambda n: torch.arange(n)[:, None] >= torch.arange(n),
    ],
)
test_causal_mask_refuses = refuses(
    check_causal_mask,
    {
        "upside down": lambda n: ~torch.ones(n, n).tril().bool(),
        "the diagonal": lambda n: torch.ones(n, n).tril(-1) > 0,
        "expected booleans, got numbers (torch.float32)": lambda n: torch.ones(
            n, n
        ).tril(),
        "with n=5, entry (3, 4): expected False, got True": one_too_many_in_row_3,
        "with n=1, expected the shape (1, 1), got (1,)": lambda n: torch.arange(n) < n,
    },
)


def real(lengths, n):
    return torch.arange(n) < lengths[:, None]


test_padding_mask_accepts = accepts(
    check_padding_mask,
    [
        lambda lengths, n: np.arange(n)[None, None] < lengths.numpy()[:, None, None],
        lambda lengths, n: [[[i < m for i in range(n)]] for m in lengths.tolist()],
        lambda lengths, n: (lengths.unsqueeze(1) > torch.arange(n)).unsqueeze(1),
    ],
)
test_padding_mask_refuses = refuses(
    check_padding_mask,
    {
        "not to its longest text": lambda lengths, n: real(lengths, int(lengths.max()))[
            :, None
        ],
        "expected booleans": lambda lengths, n: real(lengths, n)[:, None].int(),
        "expected the shape (2, 1, 4), got (2,)": lambda lengths, n: lengths < n,
    },
)


def loudly(n):
    keys = np.zeros((n, 1))
    keys[0] = 1
    return [np.full((n, 1), 30), keys]


test_look_at_first_accepts = accepts(
    check_look_at_first,
    [
        loudly,
        lambda n: (
            torch.ones(n, 3, dtype=torch.double),
            torch.eye(n, 3)[:, [0, 0, 0]] * 9,
        ),
        lambda n: (part for part in loudly(n)),
    ],
)


def all_but_the_second(n):
    q = torch.full((n, 1), 30.0)
    q[1] = 0.0
    return q, torch.eye(n)[:, :1]


test_look_at_first_refuses = refuses(
    check_look_at_first,
    {
        "a word gives the first one only 0.500": all_but_the_second,
        "two tensors of the shape (n, D), got [(4, 1), (4, 2)]": lambda n: (
            torch.ones(n, 1),
            torch.ones(n, 2),
        ),
        "nothing was returned": lambda n: None,
    },
)
