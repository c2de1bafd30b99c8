"""Plausible wrong answers to the exercises on normalization."""

import math

import torch
from torch.nn import functional as F

from llm_foundations.layers.block import post_norm, pre_norm

NUMBERS = [2.0, 4.0, 4.0, 6.0]
LAYER = [-1.41, 0.0, 0.0, 1.41]
RMS = [0.47, 0.94, 0.94, 1.41]


def answer(layer, rms):
    return lambda: (layer, rms)


def normed(divide, weigh=lambda y, w, b: y * w + b, axis=-1):
    def layer_norm(x, weight, bias, eps):
        centred = x - x.mean(axis, keepdim=True)
        variance = centred.square().mean(axis, keepdim=True)
        return weigh(divide(x, centred, variance, eps), weight, bias)

    return layer_norm


def right(x, centred, variance, eps):
    return centred / (variance + eps).sqrt()


def annotated(x, weight, bias, eps):
    spread = x.std(-1, keepdim=True)
    return weight * (x - x.mean(-1, keepdim=True)) / (spread + eps) + bias


def unbiased(x, weight, bias, eps):
    variance = x.var(-1, keepdim=True)
    return weight * (x - x.mean(-1, keepdim=True)) / (variance + eps).sqrt() + bias


def with_guard(x, weight, bias, eps):
    result = F.layer_norm(x, x.shape[-1:], weight, bias, eps)
    return result / (x.abs().max() > 0)


def rms(divide, weigh=lambda y, w: y * w):
    def rms_norm(x, weight, eps):
        return weigh(divide(x, x.square().mean(-1, keepdim=True), eps), weight)

    return rms_norm


def rms_right(x, square, eps):
    return x / (square + eps).sqrt()


def rms_without_guard(x, weight, eps):
    return F.rms_norm(x, x.shape[-1:], weight, eps) / (x.abs().max() > 0)


def gradient(mix, divide=True):
    def of(x, g, eps):
        centred = x - x.mean(-1, keepdim=True)
        spread = (centred.square().mean(-1, keepdim=True) + eps).sqrt()
        y = centred / spread
        along = y * (g * y).mean(-1, keepdim=True)
        mixed = mix(g, g.mean(-1, keepdim=True), along)
        return mixed / spread if divide else mixed

    return of


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
    "check_norms_by_hand": [
        (answer(RMS, LAYER), "this is RMSNorm"),
        (answer([-1.22, 0, 0, 1.22], RMS), "divides by 4"),
        (answer([-1, 0, 0, 1], RMS), "divided by the variance"),
        (answer([1.41, 2.83, 2.83, 4.24], RMS), "the mean is still there"),
        (answer([-2, 0, 0, 2], RMS), "LayerNorm begins with -1.41; got -2.00, 0.00"),
        (answer(LAYER, [v / math.sqrt(72) for v in NUMBERS]), "root of the sum"),
        (answer(LAYER, [v / 18 for v in NUMBERS]), "by the mean square"),
        (answer(LAYER, LAYER), "RMSNorm takes no mean away"),
        (answer(LAYER, NUMBERS), "RMSNorm begins with 0.47; got 2.00"),
        (lambda: None, "nothing came back"),
    ],
    "check_layer_norm": [
        (annotated, "the unbiased one and eps stands outside"),
        (unbiased, "divides by C - 1"),
        (normed(lambda x, c, v, eps: c / (v.sqrt() + eps)), "^eps stands outside"),
        (normed(lambda x, c, v, eps: c / v.sqrt()), "eps is missing"),
        (normed(lambda x, c, v, eps: c / (v + eps)), "the root is missing"),
        (normed(lambda x, c, v, eps: x / (v + eps).sqrt()), "the mean is still there"),
        (normed(right, axis=1), "the positions were normalised together"),
        (normed(right, axis=0), "the batch was normalised together"),
        (normed(right, lambda y, w, b: y), "weight and bias are unused"),
        (normed(right, lambda y, w, b: y * w), "the bias is missing"),
        (normed(right, lambda y, w, b: (y + b) * w), "the weight multiplies first"),
        (with_guard, "a vector of zeros gives nan"),
        (lambda x, w, b, eps: x.mean(-1), r"got \(2, 3\)"),
        (normed(right, lambda y, w, b: 2 * y * w + b), "differs from PyTorch's"),
    ],
    "check_rms_norm": [
        (lambda x, w, eps: F.layer_norm(x, (8,), w, eps=eps), "that is LayerNorm"),
        (rms(lambda x, s, eps: x / (8 * s + eps).sqrt()), "divided by the length"),
        (rms(lambda x, s, eps: x / (s.sqrt() + eps)), "eps stands outside"),
        (rms(lambda x, s, eps: x / s.sqrt()), "eps is missing"),
        (rms(lambda x, s, eps: x / (s + eps)), "the root is missing"),
        (
            lambda x, w, eps: x / (x.square().mean(1, True) + eps).sqrt() * w,
            "the positions were normalised together",
        ),
        (rms(rms_right, lambda y, w: y), "the weight is unused"),
        (rms(rms_right, lambda y, w: y * (1 + w)), "Gemma's form"),
        (rms_without_guard, "a vector of zeros gives nan"),
        (rms(rms_right, lambda y, w: 2 * y * w), "differs from PyTorch's"),
    ],
    "check_layer_norm_gradient": [
        (gradient(lambda g, m, a: g), "you took them as constants"),
        (gradient(lambda g, m, a: g - m), "the spread moves with x"),
        (gradient(lambda g, m, a: g - a), "the mean moves with x"),
        (gradient(lambda g, m, a: g - m - a, divide=False), "divide by the spread"),
        (gradient(lambda g, m, a: g - m + a), "the sign of"),
        (gradient(lambda g, m, a: g - 8 * m - 8 * a), "sums stand where means"),
        (gradient(lambda g, m, a: 2 * (g - m - a)), "differs from autograd's"),
    ],
    "check_spreads": [
        (lambda n: (2**n, 1, math.sqrt(n + 1)), "add their variances"),
        (lambda n: (math.sqrt(n + 1), 1, math.sqrt(n + 1)), "adds, the grown stream"),
        (lambda n: (2 ** (n / 2), 1, n + 1), "the spread of a root"),
        (lambda n: (2 ** (n / 2), 1, math.sqrt(n)), "the word itself is a term"),
        (lambda n: (2 ** (n / 2), math.sqrt(2), 1), "post-norm leaves spread 1"),
        (lambda n: (2 ** (n / 2), 1, 1), "pre-norm has spread 2.000, got 1.000"),
        (lambda n: (n, 1, 1), "without norms is 2.828, got 3.000"),
        (lambda n: 1.0, "return three numbers"),
    ],
    "check_pre_norm_stack": [
        (stack(pre_norm, last=False), "the last norm is missing"),
        (stack(post_norm), "this is post-norm: the sum"),
        (stack(post_norm, last=False), "without the last norm"),
        (stack(on_the_stream), "the norm stands on the stream"),
        (stack(lambda x, norm, part: x + part(x)), "read the stream as it is"),
        (stack(lambda x, norm, part: part(norm(x))), "the stream is lost"),
        (stack(pre_norm, first_only=True), "all parts use the first norm"),
        (stack(lambda x, norm, part: x + norm(part(x))), "differs from that of two"),
        (lambda x, norms, parts, last: torch.cat([x, x]), r"got \(4, 4\)"),
    ],
}
