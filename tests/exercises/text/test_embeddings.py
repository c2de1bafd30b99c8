"""Answers that readers might write to the exercises on embeddings."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from llm_foundations.exercises.text.embeddings import (
    check_cosines_by_hand,
    check_guess_rivers,
    check_rank_of_answer,
    check_train_pair,
)
from llm_foundations.models import SkipGram
from tests.exercises.answers import accepts, refuses

test_cosines_accepts = accepts(
    check_cosines_by_hand,
    [
        lambda: (0.96, 0.8, 0.28),
        lambda: [0.96, 0.80, 0.283],
        lambda: np.array([0.96, 0.8, 0.2828]),
        lambda: (x for x in (24 / 25, torch.tensor(0.8), math.sqrt(2 - 2 * 0.96))),
    ],
)
test_cosines_refuses = refuses(
    check_cosines_by_hand,
    {
        "divide each by both norms": lambda: (24, 100, 0.283),
        "not by one of them": lambda: (4.8, 4.0, 0.283),
        "divide each by its norm first": lambda: (0.96, 0.8, 1.41),
        "take its square root": lambda: (0.96, 0.8, 0.08),
        "not 1 minus the cosine": lambda: (0.96, 0.8, 0.04),
        "exchanged": lambda: (0.8, 0.96, 0.283),
        "return three numbers": lambda: (0.96, 0.8),
        "the cosine of honey and soup is not 0.9": lambda: (0.9, 0.8, 0.283),
    },
)


def by_autograd(word, near, noise, rate):
    word, near, noise = (x.clone().requires_grad_() for x in (word, near, noise))
    loss = -F.logsigmoid(word @ near) - F.logsigmoid(-noise @ word).sum()
    loss.backward()
    return tuple((x - rate * x.grad).detach() for x in (word, near, noise))


def by_the_package(word, near, noise, rate):
    model = SkipGram(1 + len(noise) + 1, len(word))
    with torch.no_grad():
        model.centers.weight[0] = word
        model.contexts.weight[1:] = torch.cat([near[None], noise])
    negatives = torch.arange(2, 2 + len(noise))[None]
    model.loss(torch.tensor([0]), torch.tensor([1]), negatives).backward()
    with torch.no_grad():
        for table in (model.centers, model.contexts):
            table.weight -= rate * table.weight.grad
    contexts = model.contexts.weight.detach()
    return [model.centers.weight[0].detach(), contexts[1], contexts[2:]]


def with_numpy(word, near, noise, rate):
    word, near, noise = (x.double().numpy() for x in (word, near, noise))
    toward = 1 - 1 / (1 + np.exp(-word @ near))
    away = 1 / (1 + np.exp(-noise @ word))
    return (
        word + rate * (toward * near - away @ noise),
        near + rate * toward * word,
        noise - rate * np.outer(away, word),
    )


def with_loops(word, near, noise, rate):
    new_word = [x.item() for x in word]
    toward = torch.sigmoid(-(word @ near)).item()
    for i in range(len(word)):
        new_word[i] += rate * toward * near[i].item()
    new_noise = []
    for other in noise:
        away = torch.sigmoid(word @ other).item()
        for i in range(len(word)):
            new_word[i] -= rate * away * other[i].item()
        new_noise.append((other - rate * away * word).tolist())
    return new_word, near + rate * toward * word, new_noise


def in_place(word, near, noise, rate):
    old, toward = word.clone(), torch.sigmoid(-word @ near)
    away = torch.sigmoid(noise @ word)[:, None]
    word += rate * (toward * near - (away * noise).sum(0))
    near += rate * toward * old
    noise -= rate * away * old
    return word, near, noise


test_pair_accepts = accepts(
    check_train_pair, [by_autograd, by_the_package, with_numpy, with_loops, in_place]
)


def one_after_the_other(word, near, noise, rate):
    word = word + rate * (
        torch.sigmoid(-word @ near) * near - torch.sigmoid(noise @ word) @ noise
    )
    near = near + rate * torch.sigmoid(-word @ near) * word
    return word, near, noise - rate * torch.sigmoid(noise @ word)[:, None] * word


def only_the_word(word, near, noise, rate):
    return by_autograd(word, near, noise, rate)[0], near, noise


def uphill(word, near, noise, rate):
    return by_autograd(word, near, noise, -rate)


def each_by_itself(word, near, noise, rate):
    toward = torch.sigmoid(-word @ near)
    away = torch.sigmoid(noise @ word)
    return (
        word * (1 + rate * (toward - away.sum())),
        near * (1 + rate * toward),
        noise * (1 - rate * away[:, None]),
    )


def with_a_mean_for_the_word(word, near, noise, rate):
    _, new_near, new_noise = by_autograd(word, near, noise, rate)
    push = (torch.sigmoid(noise @ word)[:, None] * noise).mean(0)
    return (
        word + rate * (torch.sigmoid(-word @ near) * near - push),
        new_near,
        new_noise,
    )


test_pair_refuses = refuses(
    check_train_pair,
    {
        "did you use the old vector of the word": one_after_the_other,
        "not by the error times themselves": each_by_itself,
        "don't average them": with_a_mean_for_the_word,
        "and of the noise words learn, too": only_the_word,
        "up the slope": uphill,
        "nothing was returned": lambda word, near, noise, rate: None,
        "raised": lambda word, near, noise, rate: word @ noise,
    },
)


def with_a_loop(vectors, a, b, c, d):
    unit = [v / v.norm() for v in vectors]
    target = unit[b] - unit[a] + unit[c]
    cosines = [(F.cosine_similarity(target, v, dim=0).item()) for v in unit]
    better = [i for i, x in enumerate(cosines) if x > cosines[d]]
    return 1 + len([i for i in better if i not in (a, b, c)])


def by_sorting(vectors, a, b, c, d):
    unit = vectors.double().numpy()
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    scores = unit @ (unit[b] - unit[a] + unit[c])
    order = [i for i in np.argsort(-scores) if i not in {a, b, c}]
    return order.index(d) + 1


def with_minus_infinity(vectors, a, b, c, d):
    unit = F.normalize(vectors.double(), dim=1)
    scores = unit @ (unit[c] + unit[b] - unit[a])
    scores[[a, b, c]] = -torch.inf
    return (scores >= scores[d]).sum()


test_rank_accepts = accepts(
    check_rank_of_answer, [with_a_loop, by_sorting, with_minus_infinity]
)


def as_given(vectors, a, b, c, d):
    target = vectors[b] - vectors[a] + vectors[c]
    scores = vectors @ target
    return int((scores > scores[d]).sum())


def without_norms(vectors, a, b, c, d):
    scores = vectors @ (vectors[b] - vectors[a] + vectors[c])
    scores[[a, b, c]] = -torch.inf
    return 1 + int((scores > scores[d]).sum())


def with_inputs(vectors, a, b, c, d):
    unit = F.normalize(vectors, dim=1)
    scores = unit @ (unit[b] - unit[a] + unit[c])
    return 1 + int((scores > scores[d]).sum())


def with_zeros(vectors, a, b, c, d):
    unit = F.normalize(vectors, dim=1)
    scores = unit @ (unit[b] - unit[a] + unit[c])
    scores[[a, b, c]] = 0
    return 1 + int((scores > scores[d]).sum())


def with_a_raw_sum(vectors, a, b, c, d):
    unit = F.normalize(vectors, dim=1)
    scores = unit @ (vectors[b] - vectors[a] + vectors[c])
    scores[[a, b, c]] = -torch.inf
    return 1 + int((scores > scores[d]).sum())


test_rank_refuses = refuses(
    check_rank_of_answer,
    {
        "cosines can be below 0": with_zeros,
        "a long input dominates the sum": with_a_raw_sum,
        "is 1, not 0": as_given,
        "long vectors win": without_norms,
        "don't count a, b and c": with_inputs,
        "b minus a": lambda vectors, a, b, c, d: with_a_loop(vectors, b, a, c, d),
    },
)


def with_dictionaries(vectors, rivers, others, new):
    unit = {word: v / v.norm() for word, v in vectors.items()}

    def mean(words):
        return sum(unit[w] for w in words if w in unit) / sum(w in unit for w in words)

    def middle(contexts):
        return sum(map(mean, contexts)) / len(contexts)

    river, other = middle(rivers), middle(others)
    return [
        F.cosine_similarity(mean(w), river, dim=0).item()
        > F.cosine_similarity(mean(w), other, dim=0).item()
        for w in new
    ]


def in_float64(vectors, rivers, others, new):
    def mean(words):
        rows = np.array([vectors[w].numpy() for w in words if w in vectors], float)
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).mean(axis=0)

    centers = [np.mean([mean(w) for w in c], axis=0) for c in (rivers, others)]
    river, other = (center / np.linalg.norm(center) for center in centers)
    return np.array([mean(words) @ (river - other) > 0 for words in new])


test_rivers_accepts = accepts(
    check_guess_rivers,
    [
        with_dictionaries,
        in_float64,
        lambda *given: tuple(with_dictionaries(*given)),
        lambda *given: (guess for guess in with_dictionaries(*given)),
        lambda *given: torch.tensor(with_dictionaries(*given)),
    ],
)


def without_a_look(vectors, rivers, others, new):
    return in_float64({w: vectors[w] for w in vectors}, rivers, others, new).tolist()[
        ::-1
    ]


def pooled(vectors, rivers, others, new):
    joined = ([[w for words in c for w in words]] for c in (rivers, others))
    return with_dictionaries(vectors, *joined, new)


test_rivers_refuses = refuses(
    check_guess_rivers,
    {
        "the answers are exchanged": lambda vectors, rivers, others, new: (
            with_dictionaries(vectors, others, rivers, new)
        ),
        "each context counts once": pooled,
        "KeyError: 'unknown'": lambda vectors, rivers, others, new: [
            vectors[word] for words in rivers for word in words
        ],
        "expected": without_a_look,
        "every context gets the answer True": lambda v, rivers, others, new: (
            [True for _ in new]
        ),
        "every context gets the answer False": lambda v, rivers, others, new: (
            [False for _ in new]
        ),
        "one answer, True or False, for each context in new, not True": (
            lambda *given: True
        ),
    },
)
