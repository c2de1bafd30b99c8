"""Plausible wrong answers to the exercises on positions."""

import math

import torch

from llm_foundations.layers.positions import alibi_slopes
from llm_foundations.layers.rotary import rotate_half, rotate_interleaved


def sinusoids(places, d_model, exponents=None):
    columns = torch.arange(d_model)
    exponents = columns // 2 * 2 if exponents is None else exponents
    angles = places[:, None] / 10000 ** (exponents / d_model)
    return torch.where(columns % 2 == 0, angles.sin(), angles.cos())


def sines_first(places, d_model):
    pairs = sinusoids(places, d_model).unflatten(-1, (-1, 2))
    return pairs.transpose(1, 2).flatten(1)


def cosines_left(places, d_model):
    return sinusoids(places, d_model).unflatten(-1, (-1, 2)).flip(-1).flatten(1)


def rows(x, start):
    return torch.arange(start, start + len(x))


def by_slice(x, table, start):
    if start + len(x) > len(table) and len(table) - start != 1:
        raise ValueError("too long")
    return x + table[start : start + len(x)]


def turn(x, places, how=rotate_interleaved, sign=1, exponent=2.0):
    half = torch.arange(x.shape[-1] // 2)
    angles = sign * places[:, None] / 10000 ** (exponent * half / x.shape[-1])
    return how(x, angles.cos(), angles.sin())


def without_minus(x, places):
    half = torch.arange(x.shape[-1] // 2)
    angles = places[:, None] / 10000 ** (2 * half / x.shape[-1])
    first, second = x[:, ::2], x[:, 1::2]
    cos, sin = angles.cos(), angles.sin()
    turned = (first * cos + second * sin, second * cos + first * sin)
    return torch.stack(turned, -1).flatten(1)


def joined_as_halves(x, places):
    return turn(x, places).unflatten(-1, (-1, 2)).transpose(1, 2).flatten(1)


def bias(slopes, n_queries, n_keys, sign=-1.0):
    places = torch.arange(n_keys)
    slopes = torch.as_tensor(slopes)[:, None, None]
    return sign * slopes * (places[n_keys - n_queries :, None] - places)


def from_zero(n_heads, n_queries, n_keys):
    return bias(alibi_slopes(n_heads), n_keys, n_keys)[:, :n_queries]


def powers(n_heads, first=1):
    return [2 ** (-8 * h / n_heads) for h in range(first, first + n_heads)]


def first_of_more(n_heads):
    more = 2 ** math.ceil(math.log2(n_heads))
    return powers(more)[:n_heads]


def bucket(distance, n_buckets, far, last=None, growth=None):
    exact = n_buckets // 2
    if distance < exact:
        return distance
    share = math.log(distance / exact) / math.log((growth or far) / exact)
    return min(last or n_buckets - 1, exact + int((n_buckets - exact) * share))


def not_rounded(distance, n_buckets, far):
    exact = n_buckets // 2
    return distance if distance < exact else exact + math.log(distance / exact)


def right(scores, answers):
    return (scores.argmax(-1) == answers).float()


def overwritten(x, places):
    half = x.shape[-1] // 2
    angles = places[:, None] * 10000.0 ** (-torch.arange(half) / half)
    x[:, 0::2] = x[:, 0::2] * angles.cos() - x[:, 1::2] * angles.sin()
    x[:, 1::2] = x[:, 1::2] * angles.cos() + x[:, 0::2] * angles.sin()
    return x


MUTANTS = {
    "check_shuffled": [
        (lambda y, order: y, "nothing moved"),
        (lambda y, order: y[order.argsort()], "moved the wrong way"),
        (lambda y, order: y.flip(0), "at the wrong places"),
        (lambda y, order: y.mean(0, keepdim=True).expand(4, 3), "result changed"),
        (lambda y, order: y[:, order[:2]], r"stay \(4, 3\), got \(4, 2\)"),
    ],
    "check_sinusoids": [
        (lambda p, d: sinusoids(torch.arange(len(p)), d), "counted from 0"),
        (lambda p, d: sinusoids(p + 1, d), "one step too far"),
        (sines_first, "all sines came first"),
        (cosines_left, "swapped"),
        (
            lambda p, d: sinusoids(p, d, torch.arange(d) // 2 * 2 + 2),
            "the first pair is slowed down",
        ),
        (lambda p, d: sinusoids(p, d, -(torch.arange(d) // 2 * 2)), "the speeds rise"),
        (lambda p, d: sinusoids(p, d, torch.arange(d) // 2), "fall too slowly"),
        (lambda p, d: sinusoids(p, d, torch.arange(d)), "need the same speed"),
        (lambda p, d: sinusoids(p, d)[:, ::2], r"need \(3, 4\), got \(3, 2\)"),
        (lambda p, d: 2 * sinusoids(p, d), "is -?[0-9.]+, got"),
        (lambda p, d: sinusoids(p.clamp(max=9), d), "place 40, col"),
    ],
    "check_add_learned": [
        (lambda x, table, start: x, "nothing was added"),
        (lambda x, table, start: table[rows(x, start)], "the rows alone"),
        (lambda x, table, start: x + table[: len(x)], "start was ignored"),
        (lambda x, table, start: x + table[rows(x, start + 1)], "one row too far"),
        (lambda x, table, start: x + table[start], "the row of the first"),
        (lambda x, table, start: x + table[rows(x, start) % 6], "came round to row 0"),
        (
            lambda x, table, start: x + table[rows(x, start).clamp(max=5)],
            "got the last row",
        ),
        (by_slice, "a slice beyond the end"),
        (lambda x, table, start: x - table[rows(x, start)], "need rows 2 to 4"),
        (
            lambda x, table, start: x + table[rows(x, start)],
            "not what comes by itself, IndexError",
        ),
        (
            lambda x, table, start: torch.cat([x, table[rows(x, start)]], 1),
            r"\(3, 4\) stays",
        ),
        (
            lambda x, table, start: (
                x + table[rows(x, start)] if start + len(x) < 7 else x
            ),
            "has no row 6: raise",
        ),
    ],
    "check_rotate": [
        (lambda x, places: x, "nothing turned"),
        (lambda x, places: turn(x, torch.ones(len(x))), "turned by one step"),
        (overwritten, "the first of a pair was overwritten"),
        (lambda x, places: turn(x, places + 1), "at place 0 nothing turns"),
        (lambda x, places: turn(x, places, rotate_half), r"these are halves \(i"),
        (joined_as_halves, "right numbers, wrong order"),
        (lambda x, places: turn(x, places, sign=-1), "turned the wrong way"),
        (without_minus, "changed their length"),
        (lambda x, places: turn(x, places, exponent=0.0), "the same angle"),
        (lambda x, places: turn(x, places, exponent=1.0), "fall too slowly"),
        (lambda x, places: turn(x, places, exponent=-2.0), "the speeds rise"),
        (lambda x, places: turn(x, torch.arange(len(x))), "place 2 was turned like"),
        (lambda x, places: turn(x, places.clamp(max=9)), "the numbers differ"),
        (lambda x, places: turn(x, places)[..., :2], r"\(3, 4\) stays"),
    ],
    "check_alibi_bias": [
        (lambda h, t, s: bias(alibi_slopes(h), t, s, sign=1.0), "far words win"),
        (lambda h, t, s: bias(alibi_slopes(h)[::-1], t, s), "steepest slope comes"),
        (lambda h, t, s: bias([0.5] * h, t, s), "the same slope"),
        (lambda h, t, s: bias(powers(h, first=0), t, s), "has slope 1"),
        (lambda h, t, s: bias(powers(h), t, s), "3 is no power of two"),
        (lambda h, t, s: bias(first_of_more(h), t, s), "first 3 slopes of 4 heads"),
        (
            lambda h, t, s: bias(alibi_slopes(h), t, s)[0],
            r"need \(2, 4, 4\), got \(4, 4\)",
        ),
        (lambda h, t, s: bias(alibi_slopes(h), t, s) ** 2 * -1, "off the same amount"),
        (
            lambda h, t, s: bias([x / 2 for x in alibi_slopes(h)], t, s),
            "have the slopes",
        ),
        (from_zero, "the first query stands at place 3, not 0"),
    ],
    "check_bucket": [
        (lambda d, n, far: min(d, n - 1), "from 4 on the logarithm counts"),
        (lambda d, n, far: bucket(d, n, far, last=99), "the last bucket is 7"),
        (lambda d, n, far: bucket(d, n, far, growth=128), r"5, got 4: 4 \+ 4 \* log"),
        (
            lambda d, n, far: bucket(d, 8, 16),
            "distance 5 is in bucket 5, got 4: the first 16",
        ),
        (lambda d, n, far: d // 2, "distance 1 is in bucket 1, got 0: the first 4"),
        (not_rounded, "4.22 is no bucket, round down"),
        (lambda d, n, far: [d], "return a number, got list"),
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
        (lambda s, a, asked: (s.argmin(-1) == a)[asked].float().mean(), "3 of 4 are"),
        (lambda s, a, asked: 1 - right(s, a)[asked].mean(), "share of wrong answers"),
        (lambda s, a, asked: 0.75, "of all 8 places 4 are right, got 0.750"),
        (lambda s, a, asked: right(s, a)[asked], r"a number, got \(4,\)"),
    ],
}
