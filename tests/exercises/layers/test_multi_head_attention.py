"""Answers that readers might write to the exercises on multi-head attention."""

import numpy as np
import torch

from llm_foundations.evaluation import head_outputs, patch_head
from llm_foundations.exercises.layers.multi_head_attention import (
    check_by_hand,
    check_effects,
    check_repaired,
    check_shared,
)
from tests.exercises.answers import accepts, refuses

test_by_hand_accepts = accepts(
    check_by_hand,
    [
        lambda: ([3, 6], [-3, 12]),
        lambda: [(3.0, 6.0), np.array([-3.0, 12.0])],
        lambda: (torch.tensor([[3.0, 6.0]]), torch.tensor([[-3.0, 12.0]])),
        lambda: ([3.01, 5.99], [-2.98, 12.0]),
    ],
)
test_by_hand_refuses = refuses(
    check_by_hand,
    {
        "each row of W_o belongs to a head": lambda: ([3, 6], [15, 3]),
        "the second row of W_q": lambda: ([2, 4], [-2, 8]),
        "head 1 has the weights of head 0": lambda: ([3, 2], [1, 8]),
        "B attends to itself, too": lambda: ([4, 0], [4, 8]),
        "a head has width 1 here, so don't divide": lambda: (
            [2.7396, 5.4793],
            [-2.7396, 10.9586],
        ),
        "return two numbers, one from each head": lambda: ([-3, 12],),
        "the heads are right, the output [3.0, 12.0] isn't": lambda: ([3, 6], [3, 12]),
        "this is not right": lambda: ([1, 1], [1, 1]),
        "nothing was returned": lambda: None,
    },
)


def repaired_by_loops(w_o, n_heads):
    width = len(w_o) // n_heads
    return [w_o[d * n_heads + h] for h in range(n_heads) for d in range(width)]


def repaired_in_place(w_o, n_heads):
    w_o[:] = torch.cat([w_o[head::n_heads] for head in range(n_heads)])
    return w_o


test_repaired_accepts = accepts(
    check_repaired,
    [
        repaired_by_loops,
        repaired_in_place,
        lambda w_o, n_heads: (
            w_o.numpy()
            .reshape(-1, n_heads, w_o.shape[1])
            .transpose(1, 0, 2)
            .reshape(w_o.shape)
        ),
        lambda w_o, n_heads: w_o.double()[
            torch.arange(len(w_o)).view(-1, n_heads).T.flatten()
        ],
    ],
)
test_repaired_refuses = refuses(
    check_repaired,
    {
        "are n_heads apart here, not D": lambda w_o, n_heads: torch.cat(
            [w_o[d :: len(w_o) // n_heads] for d in range(len(w_o) // n_heads)]
        ),
        "the rows are as they were": lambda w_o, n_heads: w_o.view(
            n_heads, -1, w_o.shape[1]
        ).flatten(0, 1),
        "the columns were reordered": lambda w_o, n_heads: torch.cat(
            [w_o[:, head::n_heads] for head in range(n_heads)], dim=1
        ),
        "flatten them into rows again": lambda w_o, n_heads: torch.stack(
            [w_o[head::n_heads] for head in range(n_heads)]
        ),
        "expected the shape (6, 8), got (8, 6)": lambda w_o, n_heads: w_o.T,
        "nothing was returned": lambda w_o, n_heads: None,
    },
)


def effects_in_a_list(model, ids, other, a, b):
    outputs = head_outputs(model, other)
    before = model(ids)[0, -1].double()
    rows = []
    for layer in range(model.config.n_layers):
        row = []
        for head in range(model.config.n_heads):
            output = outputs[layer, 0, head, -1]
            with patch_head(model, layer, head, len(ids[0]) - 1, output):
                after = model(ids)[0, -1].double()
            row.append(((after - before)[a] - (after - before)[b]).item())
        rows.append(row)
    return rows


def patched(measure, position=-1, source=1, token=-1):
    """Answer as readers do who get one step wrong."""

    def effects(model, ids, other, a, b):
        outputs = head_outputs(model, (ids, other)[source])[:, 0, :, token]
        before = model(ids)[0, -1]
        table = torch.zeros(outputs.shape[:2])
        for layer in range(len(outputs)):
            for head in range(len(outputs[0])):
                at = position % ids.shape[1] if position < ids.shape[1] else position
                with patch_head(model, layer, head, at, outputs[layer, head]):
                    after = model(ids)[0, -1]
                table[layer, head] = measure(after, before, a, b)
        return table

    return effects


def rise(after, before, a, b):
    return (after[a] - after[b] - before[a] + before[b]).detach()


test_effects_accepts = accepts(
    check_effects,
    [
        effects_in_a_list,
        lambda *given: np.array(effects_in_a_list(*given)),
        patched(lambda after, before, a, b: rise(after, before, a, b).item()),
        patched(
            lambda after, before, a, b: rise(
                after.log_softmax(-1), before.log_softmax(-1), a, b
            )
        ),
    ],
)
test_effects_refuses = refuses(
    check_effects,
    {
        "the patches change nothing": patched(rise, position=99),
        "subtract the one before it": patched(
            lambda after, before, a, b: (after[a] - after[b]).detach()
        ),
        "the sign is wrong": patched(
            lambda after, before, a, b: rise(before, after, a, b)
        ),
        "this is the rise of a alone": patched(
            lambda after, before, a, b: (after - before)[a].detach()
        ),
        "these are probabilities": patched(
            lambda after, before, a, b: rise(
                after.softmax(-1), before.softmax(-1), a, b
            )
        ),
        "with the output from other": patched(rise, source=0),
        "at the last token of other": patched(rise, token=0),
        "this patches an earlier one": patched(rise, position=1),
        "expected the shape (3, 2), got (2, 3)": lambda *given: (
            torch.tensor(effects_in_a_list(*given)).T
        ),
        "nothing was returned": lambda *given: None,
    },
)


def shared_by_loops(weight, n_heads, n_groups):
    heads = weight.chunk(n_heads)
    size = n_heads // n_groups
    groups = [heads[start : start + size] for start in range(0, n_heads, size)]
    return torch.cat([sum(group) / size for group in groups])


test_shared_accepts = accepts(
    check_shared,
    [
        shared_by_loops,
        lambda w, n_heads, n_groups: (
            w.numpy()
            .astype(np.float64)
            .reshape(n_groups, n_heads // n_groups, -1, w.shape[1])
            .mean(axis=1)
            .reshape(-1, w.shape[1])
        ),
        lambda w, n_heads, n_groups: (
            torch.einsum(
                "gndc->gdc", w.unflatten(0, (n_groups, n_heads // n_groups, -1))
            ).flatten(0, 1)
            / (n_heads / n_groups)
        ),
    ],
)
test_shared_refuses = refuses(
    check_shared,
    {
        "the groups take turns": lambda w, n_heads, n_groups: torch.cat(
            [
                sum(w.chunk(n_heads)[group::n_groups]) / (n_heads // n_groups)
                for group in range(n_groups)
            ]
        ),
        "all heads were averaged": lambda w, n_heads, n_groups: torch.cat(
            [sum(w.chunk(n_heads)) / n_heads] * n_groups
        ),
        "take their mean": lambda w, n_heads, n_groups: torch.cat(
            [part.sum(0) for part in w.unflatten(0, (n_groups, -1, len(w) // n_heads))]
        ),
        "this keeps one head": lambda w, n_heads, n_groups: torch.cat(
            w.chunk(n_heads)[:: n_heads // n_groups]
        ),
        "still has rows for every query head": lambda w, n_heads, n_groups: (
            shared_by_loops(w, n_heads, n_groups)
            .unflatten(0, (n_groups, -1))
            .repeat_interleave(n_heads // n_groups, 0)
            .flatten(0, 1)
        ),
        "nothing was returned": lambda w, n_heads, n_groups: None,
    },
)
