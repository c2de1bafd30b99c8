"""Answers that readers might write to the exercises on the math you need."""

import math

import numpy as np
import torch
from torch.nn.functional import cross_entropy, layer_norm

from llm_foundations.exercises.introduction.primer import (
    check_advantage,
    check_fit,
    check_predictions,
    check_rescaled,
)
from tests.exercises.answers import accepts, refuses

SHAPES = [(8, 12, 5), (8, 16), (16,), (8, 12, 16), (8, 12, 12), (8, 1, 12, 16)]
PRODUCT = [[4, -2, 7], [6, 0, 3], [-1, -1, 2]]


def by_pytorch():
    x, w, m = torch.zeros(8, 12, 16), torch.zeros(16, 5), torch.zeros(12, 12)
    results = (x @ w, x.sum(dim=1), x[0, -1], m @ x, x @ x.mT, x[:, None])
    left = torch.tensor([[1, 2], [3, 0], [-1, 1]])
    return [result.shape for result in results], left @ torch.tensor(
        [[2, 0, 1], [1, -1, 3]]
    )


def with_shape(index, shape):
    return lambda: ([*SHAPES[:index], shape, *SHAPES[index + 1 :]], PRODUCT)


test_predictions_accepts = accepts(
    check_predictions,
    [
        by_pytorch,
        lambda: ([list(shape) for shape in SHAPES], np.array(PRODUCT, dtype=float)),
        with_shape(2, 16),
    ],
)
test_predictions_refuses = refuses(
    check_predictions,
    {
        "return six shapes and a product": lambda: (SHAPES[:4], PRODUCT),
        "both disappear, got (8, 12, 16, 5)": with_shape(0, (8, 12, 16, 5)),
        "counted from 0": with_shape(1, (12, 16)),
        "each index picks one entry": with_shape(2, (1, 16)),
        "where None stands, got (1, 8, 12, 16)": with_shape(5, [1, 8, 12, 16]),
        "transposed": lambda: (SHAPES, list(zip(*PRODUCT, strict=True))),
        "its shape is (2, 2)": lambda: (SHAPES, [[1, 5], [-5, 5]]),
        "row 2, column 0": lambda: (SHAPES, [[4, -2, 7], [6, 0, 3], [1, -1, 2]]),
        "nothing was returned": lambda: None,
    },
)


def rescaled_by_loops(scores, std):
    rows = []
    for row in scores.tolist():
        mean = sum(row) / len(row)
        spread = math.sqrt(sum((x - mean) ** 2 for x in row) / len(row))
        rows.append([(x - mean) / spread * std if spread else 0.0 for x in row])
    return rows


def rescaled_in_place(scores, std):
    scores -= scores.mean(dim=1, keepdim=True)
    scores *= std / (scores.pow(2).mean(dim=1, keepdim=True) + 1e-8).sqrt()
    return scores


def rescaled_by_numpy(scores, std):
    scores = scores.numpy().astype(np.float64)
    spread = scores.std(axis=1, keepdims=True)
    return (scores - scores.mean(axis=1, keepdims=True)) * std / (spread + 1e-12)


test_rescaled_accepts = accepts(
    check_rescaled,
    [
        rescaled_by_loops,
        rescaled_in_place,
        rescaled_by_numpy,
        lambda scores, std: std * layer_norm(scores, scores.shape[-1:]),
    ],
)
test_rescaled_refuses = refuses(
    check_rescaled,
    {
        "correction=0": lambda scores, std: (
            std
            * (scores - scores.mean(1, keepdim=True))
            / (scores.std(1, keepdim=True) + 1e-9)
        ),
        "make this row zeros": lambda scores, std: (
            std
            * (scores - scores.mean(1, keepdim=True))
            / scores.var(1, correction=0, keepdim=True).sqrt()
        ),
        "nan or noise": lambda scores, std: torch.nan_to_num(
            std
            * (scores - scores.mean(-1, keepdim=True))
            / (scores - scores.mean(-1, keepdim=True)).square().mean(-1).sqrt()[:, None]
        ),
        "before you divide": lambda scores, std: (
            std
            * scores
            / scores.std(-1, correction=0, keepdim=True)
            .clamp(1e-6)
            .where(scores.std(-1, keepdim=True) > 1e-5, torch.inf)
            - scores.mean(-1, keepdim=True)
        ),
        "those of each column": lambda scores, std: (
            std * (scores - scores.mean(0)) / scores.std(0, correction=0)
        ),
        "subtract them": lambda scores, std: torch.stack(
            [
                0 * row if row.std() < 1e-5 else std * row / row.std(correction=0)
                for row in scores
            ]
        ),
        "RuntimeError: The size of tensor": lambda scores, std: (
            std * (scores - scores.mean(1)) / scores.std(1)
        ),
        "multiply by std": lambda scores, std: rescaled_by_loops(scores, 1.0),
    },
)


def advantage_by_loops(p, q, ids):
    total = 0.0
    for current, following in zip(ids.tolist(), ids.tolist()[1:], strict=False):
        total += math.log(p[current, following]) - math.log(q[current, following])
    return total / (len(ids) - 1)


def product(table, ids):
    probability = 1.0
    for current, following in zip(ids.tolist(), ids.tolist()[1:], strict=False):
        probability *= table[current, following].item()
    return probability


test_advantage_accepts = accepts(
    check_advantage,
    [
        advantage_by_loops,
        lambda p, q, ids: (
            (
                -q.double().log()[ids[:-1], ids[1:]].mean()
                + p.double().log()[ids[:-1], ids[1:]].mean()
            )
            * -1
            * -1
        ),
        lambda p, q, ids: np.log(p.numpy() / q.numpy())[ids[:-1], ids[1:]].mean(),
    ],
)
test_advantage_refuses = refuses(
    check_advantage,
    {
        "the sign": lambda p, q, ids: -advantage_by_loops(p, q, ids),
        "rows are the current token": lambda p, q, ids: (p.log() - q.log())[
            ids[1:], ids[:-1]
        ].mean(),
        "T - 1 predictions": lambda p, q, ids: (
            (p.log() - q.log())[ids[:-1], ids[1:]].sum() / len(ids)
        ),
        "divide by the number of predictions": lambda p, q, ids: (p.log() - q.log())[
            ids[:-1], ids[1:]
        ].sum(),
        "add logarithms instead": lambda p, q, ids: (
            (
                torch.log(torch.tensor(product(p, ids)))
                - torch.log(torch.tensor(product(q, ids)))
            )
            / (len(ids) - 1)
        ),
        "over the whole matrix": lambda p, q, ids: p.log().mean() - q.log().mean(),
        "over whole rows": lambda p, q, ids: (
            p[ids[:-1]].log().mean() - q[ids[:-1]].log().mean()
        ),
        "probabilities already": lambda p, q, ids: (
            cross_entropy(q[ids[:-1]], ids[1:]) - cross_entropy(p[ids[:-1]], ids[1:])
        ),
        "with base e": lambda p, q, ids: advantage_by_loops(p, q, ids) / math.log(2),
        "ValueError": lambda p, q, ids: (
            (math.log(product(p, ids)) - math.log(product(q, ids))) / (len(ids) - 1)
        ),
    },
)


def loss_of(logits, counts):
    return -(counts * logits.log_softmax(dim=-1)).sum() / counts.sum()


def fit_by_loops(counts, learning_rate, n_steps, dtype=torch.float64, distance=2.0):
    counts, losses = counts.to(dtype), []
    logits = torch.zeros_like(counts)
    for _ in range(n_steps):
        losses.append(loss_of(logits, counts))
        gradient = torch.zeros_like(logits)
        for i in range(counts.shape[0]):
            for j in range(counts.shape[1]):
                up, down = logits.clone(), logits.clone()
                up[i, j] += 1e-4
                down[i, j] -= 1e-4
                change = loss_of(up, counts) - loss_of(down, counts)
                gradient[i, j] = change / (distance * 1e-4)
        logits = logits - learning_rate * gradient
    return logits, losses


def fit_by_formula(counts, learning_rate, n_steps):
    counts, losses = counts.numpy().astype(float), []
    logits = np.zeros_like(counts)
    for _ in range(n_steps):
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        losses.append(float(-(counts * np.log(p)).sum() / counts.sum()))
        expected = counts.sum(axis=1, keepdims=True) * p
        logits = logits - learning_rate * (expected - counts) / counts.sum()
    return logits, tuple(losses)


def fit_without_zeroing(counts, learning_rate, n_steps):
    logits, losses = torch.zeros_like(counts, requires_grad=True), []
    for _ in range(n_steps):
        loss = loss_of(logits, counts)
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            logits -= learning_rate * logits.grad
    return logits, losses


def fit_one_by_one(counts, learning_rate, n_steps):
    counts, losses = counts.double(), []
    logits = torch.zeros_like(counts)
    for _ in range(n_steps):
        losses.append(loss_of(logits, counts))
        for i in range(counts.shape[0]):
            for j in range(counts.shape[1]):
                logits[i, j] += 1e-4
                up = loss_of(logits, counts)
                logits[i, j] -= 2e-4
                slope = (up - loss_of(logits, counts)) / 2e-4
                logits[i, j] += 1e-4 - learning_rate * slope
    return logits, losses


def fit_two_columns(counts, learning_rate, n_steps):
    counts, losses = counts.double(), []
    logits = torch.zeros_like(counts)
    for _ in range(n_steps):
        losses.append(loss_of(logits, counts))
        gradient = torch.zeros_like(logits)
        for i in range(len(counts)):
            for j in range(2):
                nudge = torch.zeros_like(logits)
                nudge[i, j] = 1e-4
                change = loss_of(logits + nudge, counts)
                change -= loss_of(logits - nudge, counts)
                gradient[i, j] = change / 2e-4
        logits -= learning_rate * gradient
    return logits, losses


def fit_thirty_six(counts, learning_rate, n_steps):
    return fit_by_loops(counts, learning_rate * counts.sum() / 36, n_steps)[0], [
        loss * counts.double().sum() / 36
        for loss in fit_by_loops(counts, learning_rate * counts.sum() / 36, n_steps)[1]
    ]


def fit_in_float32(counts, learning_rate, n_steps):
    return fit_by_loops(counts, learning_rate, n_steps, dtype=torch.float32)


test_fit_accepts = accepts(check_fit, [fit_by_loops, fit_by_formula])
test_fit_refuses = refuses(
    check_fit,
    {
        "two nudges apart": lambda counts, learning_rate, n_steps: fit_by_loops(
            counts, learning_rate, n_steps, distance=1.0
        ),
        "added up": fit_without_zeroing,
        "measure all slopes": fit_one_by_one,
        "only two columns": fit_two_columns,
        "36 for Otto's": fit_thirty_six,
        "compute in float64": fit_in_float32,
        "not along it": lambda counts, learning_rate, n_steps: fit_by_loops(
            counts, -learning_rate, n_steps
        ),
        "not their softmax": lambda counts, learning_rate, n_steps: [
            fit_by_loops(counts, learning_rate, n_steps)[0].softmax(-1),
            fit_by_loops(counts, learning_rate, n_steps)[1],
        ],
        "expected": lambda counts, learning_rate, n_steps: fit_by_loops(
            counts, learning_rate, n_steps
        )[0],
    },
)
