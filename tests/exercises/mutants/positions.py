"""Plausible wrong answers to the exercises on positions."""

import math

import torch

from llm_foundations.layers.positions import alibi_slopes
from llm_foundations.layers.rotary import (
    halves_to_pairs,
    pairs_to_halves,
    rotate_halves,
    rotate_pairs,
)


def sinusoids(n, d_model, exponents=None, first=0):
    columns = torch.arange(d_model)
    exponents = columns // 2 * 2 if exponents is None else exponents
    angles = torch.arange(first, first + n)[:, None] / 10000 ** (exponents / d_model)
    return torch.where(columns % 2 == 0, angles.sin(), angles.cos())


def sines_first(n, d_model):
    return sinusoids(n, d_model).unflatten(-1, (-1, 2)).transpose(1, 2).flatten(1)


def cosines_left(n, d_model):
    return sinusoids(n, d_model).unflatten(-1, (-1, 2)).flip(-1).flatten(1)


def turn(x, places, how=rotate_halves, sign=1, exponent=2.0):
    half = torch.arange(x.shape[-1] // 2)
    angles = sign * places[:, None] / 10000 ** (exponent * half / x.shape[-1])
    return how(x, angles.cos(), angles.sin())


def without_minus(x, places):
    half = torch.arange(x.shape[-1] // 2)
    angles = places[:, None] / 10000 ** (2 * half / x.shape[-1])
    first, second = x.chunk(2, dim=-1)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([first * cos + second * sin, second * cos + first * sin], -1)


def bias(slopes, n, sign=-1.0):
    places = torch.arange(n)
    slopes = torch.as_tensor(slopes)[:, None, None]
    return sign * slopes * (places[:, None] - places)


def powers(n_heads, first=1):
    return [2 ** (-8 * h / n_heads) for h in range(first, first + n_heads)]


def first_of_more(n_heads):
    more = 2 ** math.ceil(math.log2(n_heads))
    return powers(more)[:n_heads]


def bucket(distance, last=7, growth=16):
    if distance < 4:
        return distance
    return min(last, 4 + int(4 * math.log(distance / 4) / math.log(growth / 4)))


def right(scores, answers):
    return (scores.argmax(-1) == answers).float()


MUTANTS = {
    "check_shuffled": [
        (lambda y, order: y, "nothing moved"),
        (lambda y, order: y[order.argsort()], "moved the wrong way"),
        (lambda y, order: y.flip(0), "at the wrong places"),
        (lambda y, order: y.mean(0, keepdim=True).expand(4, 3), "result changed"),
        (lambda y, order: y[:, order[:2]], r"stay \(4, 3\), got \(4, 2\)"),
    ],
    "check_sinusoids": [
        (lambda n, d: sinusoids(n, d, first=1), "start at 1"),
        (sines_first, "all sines came first"),
        (cosines_left, "swapped"),
        (
            lambda n, d: sinusoids(n, d, torch.arange(d) // 2 * 2 + 2),
            "the first pair is slowed down",
        ),
        (lambda n, d: sinusoids(n, d, torch.arange(d) // 2), "fall too slowly"),
        (lambda n, d: sinusoids(n, d, torch.arange(d)), "need the same speed"),
        (lambda n, d: sinusoids(n, d)[:, ::2], r"need \(3, 4\), got \(3, 2\)"),
        (lambda n, d: 2 * sinusoids(n, d), "place 0, column 1 is 1.000, got 2.000"),
    ],
    "check_rotate": [
        (lambda x, places: x, "nothing turned"),
        (lambda x, places: turn(x, places + 1), "at place 0 nothing turns"),
        (lambda x, places: turn(x, places, rotate_pairs), r"pairs \(2i, 2i \+ 1\)"),
        (lambda x, places: turn(x, places, sign=-1), "turned the wrong way"),
        (without_minus, "changed their length"),
        (lambda x, places: turn(x, places, exponent=0.0), "the same angle"),
        (lambda x, places: turn(x, places, exponent=1.0), "fall too slowly"),
        (lambda x, places: turn(x, torch.arange(len(x))), "place 7 was turned like"),
        (lambda x, places: turn(x, places.clamp(max=9)), "at places 7, 5 and 40"),
        (lambda x, places: turn(x, places)[..., :4], r"\(3, 8\) stays"),
    ],
    "check_pairs_to_halves": [
        (lambda weight, d_head: weight, "nothing moved"),
        (halves_to_pairs, "the way back"),
        (lambda weight, d_head: pairs_to_halves(weight, len(weight)), "two heads were"),
        (lambda weight, d_head: pairs_to_halves(weight.T, d_head).T, "the columns"),
        (lambda weight, d_head: weight.flip(0), r"got \[11, 10, 9, 8, 7, 6\]"),
        (lambda weight, d_head: weight[:d_head], r"stays \(12, 12\), got \(6, 12\)"),
    ],
    "check_alibi_bias": [
        (lambda h, n: bias(alibi_slopes(h), n, sign=1.0), "far words win"),
        (lambda h, n: bias(alibi_slopes(h)[::-1], n), "steepest slope comes first"),
        (lambda h, n: bias([0.5] * h, n), "the same slope"),
        (lambda h, n: bias(powers(h, first=0), n), "has slope 1"),
        (lambda h, n: bias(powers(h), n), "3 is no power of two"),
        (lambda h, n: bias(first_of_more(h), n), "first 3 slopes of 4 heads"),
        (lambda h, n: bias(alibi_slopes(h), n)[0], r"need \(2, 4, 4\), got \(4, 4\)"),
        (lambda h, n: bias(alibi_slopes(h), n) ** 2 * -1, "take off the same amount"),
        (lambda h, n: bias([s / 2 for s in alibi_slopes(h)], n), "have other slopes"),
    ],
    "check_bucket": [
        (lambda distance: min(distance, 7), "from 4 on the logarithm counts"),
        (lambda distance: bucket(distance, last=99), "only buckets 0 to 7"),
        (lambda distance: bucket(distance, growth=128), r"in bucket 5, got 4: 4 \+ 4"),
        (lambda distance: distance // 2, "distance 1 is in bucket 1, got 0: the first"),
        (
            lambda distance: distance if distance < 4 else 4 + math.log(distance / 4),
            "4.22 is no bucket, round down",
        ),
    ],
    "check_share_right": [
        (lambda s, a, asked: right(s, a).mean(), "all 8 places were counted"),
        (lambda s, a, asked: (right(s, a) * asked).sum(), "divide by how many"),
        (lambda s, a, asked: 100 * right(s, a)[asked].mean(), "percent"),
        (lambda s, a, asked: (right(s, a) * asked).mean(), "divided by all places"),
        (
            lambda s, a, asked: ((right(s, a) * asked).sum(1) / asked.sum(1)).mean(),
            "the rows were averaged",
        ),
        (lambda s, a, asked: (s.argmin(-1) == a)[asked].float().mean(), "2 of 4 are"),
    ],
}
