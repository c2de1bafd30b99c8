"""Plausible wrong answers to the exercises on LayerNorm and RMSNorm."""

import math

from torch.nn import functional as F

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


def nan_for_zeros(x, weight, bias, eps):
    result = F.layer_norm(x, x.shape[-1:], weight, bias, eps)
    return result / (x.abs().max() > 0)


def with_small_eps(x, weight, bias, eps):
    return F.layer_norm(x, x.shape[-1:], weight, bias, max(eps, 1e-3))


def clipped(x, weight, bias, eps):
    return F.layer_norm(x.clamp(-100, 100), x.shape[-1:], weight, bias, eps)


def over_axis_2(x, weight, bias, eps):
    centred = x - x.mean(2, keepdim=True)
    variance = centred.square().mean(2, keepdim=True)
    return centred / (variance + eps).sqrt() * weight + bias


def rms(divide, weigh=lambda y, w: y * w):
    def rms_norm(x, weight, eps):
        return weigh(divide(x, x.square().mean(-1, keepdim=True), eps), weight)

    return rms_norm


def rms_right(x, square, eps):
    return x / (square + eps).sqrt()


def rms_without_guard(x, weight, eps):
    return F.rms_norm(x, x.shape[-1:], weight, eps) / (x.abs().max() > 0)


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
        (lambda: LAYER, "return two lists, got"),
        (answer(LAYER[:3], RMS), "LayerNorm has four numbers, got"),
        (answer(LAYER, "0.47"), "RMSNorm has four numbers, got '0.47'"),
    ],
    "check_layer_norm": [
        (annotated, "the unbiased one and eps stands outside"),
        (unbiased, "divides by C - 1"),
        (normed(lambda x, c, v, eps: c / (v.sqrt() + eps)), "^eps stands outside"),
        (normed(lambda x, c, v, eps: c / v.sqrt()), "eps is missing"),
        (normed(lambda x, c, v, eps: c / (v + 1e-5).sqrt()), "eps is 1e-5"),
        (normed(lambda x, c, v, eps: c / (v + eps)), "the root is missing"),
        (normed(lambda x, c, v, eps: x / (v + eps).sqrt()), "the mean is still there"),
        (normed(right, axis=1), "the positions were normalised together"),
        (normed(right, axis=0), "the batch was normalised together"),
        (normed(right, lambda y, w, b: y), "weight and bias are unused"),
        (normed(right, lambda y, w, b: y * w), "the bias is missing"),
        (normed(right, lambda y, w, b: (y + b) * w), "the weight multiplies first"),
        (normed(right, lambda y, w, b: y + b), "the weight is missing"),
        (normed(right, lambda y, w, b: y * b + w), "weight and bias are swapped"),
        (
            lambda x, w, b, eps: F.rms_norm(x, x.shape[-1:], w, eps) + b,
            "this is RMSNorm",
        ),
        (
            lambda x, w, b, eps: F.layer_norm(x, x.shape, eps=eps) * w + b,
            "everything was normalised together",
        ),
        (nan_for_zeros, "a vector of zeros gives nan"),
        (clipped, "with vectors 1000 times as large the result differs"),
        (with_small_eps, "with vectors 0.001 times as large the result differs"),
        (over_axis_2, "with one vector of zeros it raised IndexError"),
        (lambda x, w, b, eps: None, "got NoneType"),
        (lambda x, w, b, eps: x.mean(-1), r"got \(2, 3\)"),
        (normed(right, lambda y, w, b: 2 * y * w + b), "^the result differs from Py"),
    ],
    "check_rms_norm": [
        (lambda x, w, eps: F.layer_norm(x, (8,), w, eps=eps), "that is LayerNorm"),
        (rms(lambda x, s, eps: x / (8 * s + eps).sqrt()), "divided by the length"),
        (rms(lambda x, s, eps: x / (s.sqrt() + eps)), "eps stands outside"),
        (rms(lambda x, s, eps: x / s.sqrt()), "eps is missing"),
        (rms(lambda x, s, eps: x / (s + 1e-5).sqrt()), "or is not the one given"),
        (rms(lambda x, s, eps: x / (s + eps)), "the root is missing"),
        (
            lambda x, w, eps: x / (x.square().mean(1, True) + eps).sqrt() * w,
            "the positions were normalised together",
        ),
        (rms(rms_right, lambda y, w: y), "the weight is unused"),
        (rms(rms_right, lambda y, w: y * (1 + w)), "Gemma's form"),
        (rms_without_guard, "a vector of zeros gives nan"),
        (rms(rms_right, lambda y, w: 2 * y * w), "^the result differs from PyTorch's"),
        (lambda x, w, eps: x[0], r"\(2, 3, 8\) stays \(2, 3, 8\), got \(3, 8\)"),
    ],
}
