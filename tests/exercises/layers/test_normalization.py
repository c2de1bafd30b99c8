"""Answers that readers wrote to the exercises on LayerNorm and RMSNorm."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from llm_foundations.exercises.layers.normalization import (
    check_layer_norm,
    check_layer_norm_gradient,
    check_rms_norm,
)
from tests.exercises.answers import accepts, refuses


def by_moments(x, weight, bias, eps):
    mean = x.mean(-1, keepdim=True)
    variance = (x.double() ** 2).mean(-1, True) - x.double().mean(-1, True) ** 2
    return (x - mean) * torch.rsqrt(variance + eps) * weight + bias


def in_place(x, weight, bias, eps):
    x -= x.mean(-1, keepdim=True)
    x /= (x.var(-1, keepdim=True, unbiased=False) + eps).sqrt()
    x *= weight
    x += bias
    return x


def vector_by_vector(x, weight, bias, eps):
    rows = []
    for row in x.reshape(-1, x.shape[-1]):
        centered = row - sum(row) / len(row)
        variance = sum(number**2 for number in centered) / len(row)
        rows.append(centered / (variance + eps) ** 0.5 * weight + bias)
    return torch.stack(rows).view(x.shape)


def over_axes(*axes):
    def layer_norm(x, weight, bias, eps):
        centered = x - x.mean(axes, keepdim=True)
        variance = centered.square().mean(axes, keepdim=True)
        return centered / (variance + eps).sqrt() * weight + bias

    return layer_norm


def divided_by(divisor):
    def layer_norm(x, weight, bias, eps):
        centered = x - x.mean(-1, keepdim=True)
        return centered / divisor(x, centered, eps) * weight + bias

    return layer_norm


test_layer_norm_accepts = accepts(
    check_layer_norm,
    [
        by_moments,
        vector_by_vector,
        over_axes(-1),
        lambda x, weight, bias, eps: F.layer_norm(x, (len(weight),), weight, bias, eps),
    ],
)
test_layer_norm_refuses = refuses(
    check_layer_norm,
    {
        "the unbiased one, and eps stands outside": lambda x, w, b, eps: (
            w * (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + eps) + b
        ),
        "it is detached": divided_by(
            lambda x, c, eps: (c.square().mean(-1, True).detach() + eps).sqrt()
        ),
        "the result has no gradient": lambda *given: torch.tensor(
            vector_by_vector(*given).tolist()
        ),
        "a fixed one": divided_by(
            lambda x, c, eps: (x.var(-1, keepdim=True, unbiased=False) + 1e-6).sqrt()
        ),
        "nor as a least value": divided_by(
            lambda x, c, eps: c.square().mean(-1, True).clamp(min=eps).sqrt()
        ),
        "neither squared": divided_by(
            lambda x, c, eps: (c.square().mean(-1, True) + eps**2).sqrt()
        ),
        "root mean square of x": divided_by(
            lambda x, c, eps: (x.square().mean(-1, True) + eps).sqrt()
        ),
        "mean absolute deviation": divided_by(
            lambda x, c, eps: c.abs().mean(-1, True) + eps
        ),
        "not their sum": divided_by(
            lambda x, c, eps: (c.square().sum(-1, True) + eps).sqrt()
        ),
        "everything was normalized together": over_axes(-2, -1),
        "the positions were normalized together": over_axes(-2),
        "positions were normalized": over_axes(1),
        "the batch was normalized together": over_axes(0),
        "with vectors near 1,000": lambda x, w, b, eps: F.layer_norm(
            x.clamp(-100, 100), w.shape, w, b, eps
        ),
        "with vectors near 0.01": lambda x, w, b, eps: F.layer_norm(
            x, w.shape, w, b, max(eps, 2e-3) if x.abs().max() < 1 else eps
        ),
        "with a vector of zeros": lambda x, w, b, eps: (
            F.layer_norm(x, w.shape, w, b, eps) / (x.abs().max() > 0)
        ),
        "this is RMSNorm": lambda x, w, b, eps: F.rms_norm(x, w.shape, w, eps) + b,
        "modified by an inplace operation": in_place,
        "it raised RuntimeError": lambda x, w, b, eps: (
            (x - x.mean(-1)) / (x.var(-1) + eps).sqrt() * w + b
        ),
        "expected the shape (2, 3, 4), got (2, 3)": lambda x, w, b, eps: x.mean(-1),
        "nothing was returned": lambda x, w, b, eps: None,
    },
)


def rms_divided_by(divisor):
    return lambda x, weight, eps: x / divisor(x, eps) * weight


def mean_square(x):
    return x.square().mean(-1, keepdim=True)


def by_module(x, weight, eps):
    norm = nn.RMSNorm(len(weight), eps=eps)
    del norm.weight
    norm.weight = weight
    return norm(x)


test_rms_norm_accepts = accepts(
    check_rms_norm,
    [
        by_module,
        lambda x, weight, eps: weight * (x * torch.rsqrt(mean_square(x) + eps)),
        rms_divided_by(
            lambda x, eps: (
                (torch.linalg.norm(x, dim=-1, keepdim=True) ** 2 / x.shape[-1] + eps)
                ** 0.5
            )
        ),
    ],
)
test_rms_norm_refuses = refuses(
    check_rms_norm,
    {
        "divided by the standard deviation": rms_divided_by(
            lambda x, eps: (x.var(-1, keepdim=True, unbiased=False) + eps).sqrt()
        ),
        "the mean was subtracted from x": lambda x, w, eps: (
            (x - x.mean(-1, keepdim=True)) / (mean_square(x) + eps).sqrt() * w
        ),
        "not by C - 1": rms_divided_by(
            lambda x, eps: (x.square().sum(-1, True) / (x.shape[-1] - 1) + eps).sqrt()
        ),
        "square first": rms_divided_by(
            lambda x, eps: (x.mean(-1, True) ** 2 + eps).sqrt()
        ),
        "x was weighted before": lambda x, w, eps: (
            x * w / (mean_square(x * w) + eps).sqrt()
        ),
        "it is detached": rms_divided_by(
            lambda x, eps: (mean_square(x).detach() + eps).sqrt()
        ),
        "Gemma's form": lambda x, w, eps: F.rms_norm(x, w.shape, 1 + w, eps),
        "that is LayerNorm": lambda x, w, eps: F.layer_norm(x, w.shape, w, eps=eps),
        "the result: entry (0, 0, 0)": lambda x, w, eps: (
            2 * F.rms_norm(x, w.shape, w, eps)
        ),
    },
)


def by_autograd(x, weight, g, eps):
    leaves = [x.clone(), weight.detach(), torch.zeros_like(weight)]
    leaves = [leaf.requires_grad_() for leaf in leaves]
    y = F.layer_norm(leaves[0], weight.shape, *leaves[1:], eps)
    return torch.autograd.grad(y, leaves, g)


def by_backward(x, weight, g, eps):
    leaves = [x.requires_grad_(), weight.requires_grad_(), torch.zeros_like(weight)]
    F.layer_norm(x, weight.shape, weight, leaves[2].requires_grad_(), eps).backward(g)
    return [leaf.grad for leaf in leaves]


def in_stages(x, weight, g, eps):
    """Go back step by step, as in a course on backpropagation."""
    n = x.shape[-1]
    centered = x - x.mean(-1, keepdim=True)
    variance = centered.square().mean(-1, keepdim=True) + eps
    scale = variance**-0.5
    at_y = g * weight
    at_scale = (at_y * centered).sum(-1, keepdim=True)
    at_variance = -0.5 * variance**-1.5 * at_scale
    at_centered = at_y * scale + 2 / n * centered * at_variance
    axes = tuple(range(x.ndim - 1))
    sums = [v.sum(axes) if axes else v for v in (g * centered * scale, g)]
    return [at_centered - at_centered.mean(-1, keepdim=True), *sums]


def by_numpy(x, weight, g, eps):
    x, weight, g = x.numpy(), weight.numpy(), np.asarray(g)
    sigma = np.sqrt(x.var(-1, keepdims=True) + eps)
    y = (x - x.mean(-1, keepdims=True)) / sigma
    at_y = g * weight
    along = y * np.mean(at_y * y, -1, keepdims=True)
    of_x = (at_y - at_y.mean(-1, keepdims=True) - along) / sigma
    width = len(weight)
    return of_x, (g * y).reshape(-1, width).sum(0), g.reshape(-1, width).sum(0)


def by_jacobian(x, weight, g, eps):
    rows, width = x.reshape(-1, x.shape[-1]), x.shape[-1]
    sigma = (rows.var(-1, unbiased=False) + eps).sqrt()
    y = (rows - rows.mean(-1, keepdim=True)) / sigma[:, None]
    jacobian = torch.eye(width) - 1 / width - y[:, :, None] * y[:, None] / width
    given = g.reshape(-1, width)
    of_x = torch.einsum("ni,nij->nj", given * weight, jacobian) / sigma[:, None]
    return of_x.view(x.shape), (given * y).sum(0), given.sum(0)


def without_eps(x, weight, g, eps):
    return in_stages(x, weight, g, 0.0)


def twice_x(x, weight, g, eps):
    of_x, *rest = in_stages(x, weight, g, eps)
    return (2 * of_x, *rest)


def over_two_axes(x, weight, g, eps):
    of_x, of_weight, _ = in_stages(x, weight, g, eps)
    return of_x, of_weight, g.sum((0, 1)) if g.ndim == 3 else g.sum()


test_gradient_accepts = accepts(
    check_layer_norm_gradient,
    [
        in_stages,
        by_jacobian,
        by_numpy,
        lambda x, w, g, eps: in_stages(*(t.double() for t in (x, w, g)), eps),
    ],
)
test_gradient_refuses = refuses(
    check_layer_norm_gradient,
    {
        "derive the gradients by hand, without autograd": by_autograd,
        "derive the gradients by hand": by_backward,
        "eps is missing": without_eps,
        "the last two are swapped": lambda *given: [
            in_stages(*given)[i] for i in (0, 2, 1)
        ],
        "the gradient with respect to x: entry (0, 0, 0)": twice_x,
        "the gradient with respect to bias: expected the shape (20,), got ()": (
            over_two_axes
        ),
        "their gradients are sums over them": lambda x, w, g, eps: (
            in_stages(x, w, g, eps)[0],
            g * F.layer_norm(x, w.shape, eps=eps),
            g,
        ),
        "expected 3 results (the gradient with respect to x": (
            lambda *given: in_stages(*given)[:2]
        ),
        "what reaches y is g * weight": lambda x, w, g, eps: in_stages(
            x, torch.ones_like(w), g, eps
        ),
    },
)
