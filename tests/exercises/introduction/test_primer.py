"""Answers that readers might write to the exercises on the math you need."""

import math

import numpy as np
import torch
from torch.nn.functional import cross_entropy, layer_norm

from llm_foundations.exercises.introduction.primer import (
    check_advantage,
    check_predictions,
    check_rescaled,
)
from llm_foundations.exercises.introduction.primer_descent import check_fit
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


def rescaled_unguarded(scores, std):
    centered = scores - scores.mean(dim=1, keepdim=True)
    return std * centered / centered.square().mean(dim=1, keepdim=True).sqrt()


def rescaled_where_not_zero(scores, std):
    spread = scores.std(dim=-1, correction=0, keepdim=True)
    spread[spread == 0] = 1
    return (scores - scores.mean(dim=-1, keepdim=True)) / spread * std


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
        lambda scores, std: std * layer_norm(scores, scores.shape[-1:], eps=1e-12),
        lambda scores, std: torch.nan_to_num(rescaled_unguarded(scores, std)),
        lambda scores, std: torch.where(
            scores.std(dim=1, keepdim=True) > 0, rescaled_unguarded(scores, std), 0
        ),
        lambda scores, std: (
            std
            * (scores - scores.mean(dim=1, keepdim=True))
            / scores.std(dim=1, correction=0, keepdim=True).clamp(min=1e-8)
        ),
        lambda scores, std: (
            std
            * (scores - scores.mean(dim=1)[:, None])
            / (scores.var(dim=1, correction=0)[:, None].sqrt() + 1e-8)
        ),
        rescaled_where_not_zero,
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
        "should be std, too: this gives": lambda scores, std: (
            layer_norm(scores, scores.shape[1:]) * std
        ),
        "must be far smaller": lambda scores, std: torch.where(
            scores.std(1, keepdim=True) > 0.01, rescaled_unguarded(scores, std), 0
        ),
        "A threshold": lambda scores, std: (
            std
            * (scores - scores.mean(1, keepdim=True))
            / (scores.std(1, correction=0, keepdim=True) + 1e-3)
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
        "diagonal, the probability that": lambda p, q, ids: (p.log() - q.log())[
            ids[1:], ids[1:]
        ].mean(),
        "takes the diagonal": lambda p, q, ids: (p.diag() / q.diag())[ids].log().mean(),
        "in one pair of brackets": lambda p, q, ids: (
            p[ids[:-1]][:, ids[1:]].log().mean() - q[ids[:-1]][:, ids[1:]].log().mean()
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


def fit_by_loops(loss_of, logits, learning_rate, n_steps, distance=2.0):
    losses = []
    for _ in range(n_steps):
        losses.append(loss_of(logits))
        gradient = torch.zeros_like(logits)
        for i in range(logits.shape[0]):
            for j in range(logits.shape[1]):
                up, down = logits.clone(), logits.clone()
                up[i, j] += 1e-4
                down[i, j] -= 1e-4
                gradient[i, j] = (loss_of(up) - loss_of(down)) / (distance * 1e-4)
        logits = logits - learning_rate * gradient
    return logits, losses


def fit_by_numpy(loss_of, logits, learning_rate, n_steps):
    logits, losses = logits.numpy(), []
    for _ in range(n_steps):
        losses.append(float(loss_of(logits)))
        gradient = np.zeros_like(logits)
        for at in np.ndindex(logits.shape):
            nudge = np.zeros_like(logits)
            nudge[at] = 1e-4
            gradient[at] = (loss_of(logits + nudge) - loss_of(logits - nudge)) / 2e-4
        logits -= learning_rate * gradient
    return logits, tuple(losses)


def fit_by_lists(loss_of, logits, learning_rate, n_steps):
    rows, losses = logits.tolist(), []
    for _ in range(n_steps):
        losses.append(loss_of(rows).item())
        slopes = [[0.0] * len(row) for row in rows]
        for i, row in enumerate(rows):
            for j, logit in enumerate(row):
                row[j] = logit + 1e-4
                up = loss_of(rows)
                row[j] = logit - 1e-4
                slopes[i][j] = (up - loss_of(rows)).item() / 2e-4
                row[j] = logit
        for row, of_row in zip(rows, slopes, strict=True):
            row[:] = [x - learning_rate * s for x, s in zip(row, of_row, strict=True)]
    return [rows, losses]


def fit_with_gradients(gradient_of):
    """Return gradient descent whose gradients are computed by a function."""

    def fit(loss_of, logits, learning_rate, n_steps):
        losses = []
        for _ in range(n_steps):
            losses.append(loss_of(logits))
            logits = logits - learning_rate * gradient_of(loss_of, logits)
        return logits, losses

    return fit


def one_sided(loss_of, logits):
    now, slopes = loss_of(logits), []
    for index in range(logits.numel()):
        up = logits.flatten().clone()
        up[index] += 1e-4
        slopes.append((loss_of(up.view(logits.shape)) - now) / 1e-4)
    return torch.stack(slopes).view(logits.shape)


def from_the_page(_, logits):
    counts = torch.arange(logits.numel()).view(logits.shape)
    totals = counts.sum(dim=1, keepdim=True)
    return (totals * logits.softmax(dim=-1) - counts) / counts.sum()


def fit_by_autograd(loss_of, logits, learning_rate, n_steps):
    logits.requires_grad_()
    loss_of(logits).backward()
    return logits - learning_rate * logits.grad, []


def fit_one_by_one(loss_of, logits, learning_rate, n_steps):
    losses = []
    for _ in range(n_steps):
        losses.append(loss_of(logits))
        for i in range(logits.shape[0]):
            for j in range(logits.shape[1]):
                logits[i, j] += 1e-4
                up = loss_of(logits)
                logits[i, j] -= 2e-4
                slope = (up - loss_of(logits)) / 2e-4
                logits[i, j] += 1e-4 - learning_rate * slope
    return logits, losses


def fit_not_restored(loss_of, logits, learning_rate, n_steps):
    losses = []
    for _ in range(n_steps):
        losses.append(loss_of(logits))
        gradient = torch.zeros_like(logits)
        for i in range(logits.shape[0]):
            for j in range(logits.shape[1]):
                logits[i, j] += 1e-4
                up = loss_of(logits)
                logits[i, j] -= 2e-4
                gradient[i, j] = (up - loss_of(logits)) / 2e-4
        logits -= learning_rate * gradient
    return logits, losses


def two_columns(loss_of, logits):
    gradient = torch.zeros_like(logits)
    for i in range(len(logits)):
        for j in range(2):
            nudge = torch.zeros_like(logits)
            nudge[i, j] = 1e-4
            change = loss_of(logits + nudge) - loss_of(logits - nudge)
            gradient[i, j] = change / 2e-4
    return gradient


def fit_in_float32(loss_of, logits, learning_rate, n_steps):
    return fit_by_loops(loss_of, logits.float(), learning_rate, n_steps)


test_fit_accepts = accepts(check_fit, [fit_by_loops, fit_by_numpy, fit_by_lists])
test_fit_refuses = refuses(
    check_fit,
    {
        "two nudges apart": lambda *given: fit_by_loops(*given, distance=1.0),
        "one nudge away, not two": lambda *given: fit_by_loops(*given, distance=4.0),
        "measure all slopes": fit_one_by_one,
        "put each logit back": fit_not_restored,
        "only two columns": fit_with_gradients(two_columns),
        "one-sided difference": fit_with_gradients(one_sided),
        "measure the slopes": fit_with_gradients(from_the_page),
        "does not require grad": fit_by_autograd,
        "compute in float64": fit_in_float32,
        "not along it": lambda loss_of, logits, learning_rate, n_steps: fit_by_loops(
            loss_of, logits, -learning_rate, n_steps
        ),
        "not their softmax": lambda *given: [
            fit_by_loops(*given)[0].softmax(-1),
            fit_by_loops(*given)[1],
        ],
        "return two things": lambda *given: fit_by_loops(*given)[0],
    },
)
