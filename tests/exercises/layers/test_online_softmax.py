"""Answers that readers might write to the exercise on reading one key at a time."""

import numpy as np
import torch

from llm_foundations.exercises.layers.online_softmax import check_streaming_attention
from tests.exercises.answers import accepts, refuses


def streaming_in_place(q, pairs):
    largest, total, mixed = None, 0.0, None
    for key, value in pairs:
        score = (q * key).sum() / q.numel() ** 0.5
        if largest is None:
            largest, total, mixed = score, torch.ones(()), value.clone()
            continue
        new = torch.maximum(largest, score)
        mixed *= (largest - new).exp()
        mixed += (score - new).exp() * value
        total = total * (largest - new).exp() + (score - new).exp()
        largest = new
    return mixed / total


def streaming_by_numpy(q, pairs):
    q = q.numpy().astype(np.float64)
    top, total, mixed = -np.inf, 0.0, 0.0
    for key, value in pairs:
        score = q @ key.numpy() / np.sqrt(q.size)
        new = max(top, score)
        total = total * np.exp(top - new) + np.exp(score - new)
        mixed = mixed * np.exp(top - new) + np.exp(score - new) * value.numpy()
        top = new
    return mixed / total


def that_keeps_the_pairs(q, pairs):
    keys, values = zip(*pairs, strict=True)
    scores = torch.stack([q @ key for key in keys]) / len(q) ** 0.5
    return scores.softmax(dim=0) @ torch.stack(values)


def that_reads_twice(q, pairs):
    largest = max(q @ key for key, _ in pairs)
    weights = [((q @ key - largest) / len(q) ** 0.5).exp() for key, _ in pairs]
    return sum(weights)


test_streaming_accepts = accepts(
    check_streaming_attention, [streaming_in_place, streaming_by_numpy]
)
test_streaming_refuses = refuses(
    check_streaming_attention,
    {
        "the next one overwrites them": that_keeps_the_pairs,
        "the pairs can be read only once": that_reads_twice,
        "nothing was returned": lambda q, pairs: None,
    },
)
