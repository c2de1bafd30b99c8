"""Results are compared as a fair teacher would, and what differs is said."""

import numpy as np
import pytest
import torch

from llm_foundations.exercises.comparing import difference, floats_of, short, tidy

ROW = torch.tensor([1.0, 2.0, 3.0])
MATRIX = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
LARGE = torch.arange(12.0).view(3, 4)
MASK = torch.tensor([True, False])

ACCEPTED = [
    (ROW, ROW.double()),
    (ROW, ROW.long()),
    (ROW, [1.0, 2, 3]),
    (ROW, (x for x in (1, 2, 3))),
    (ROW, np.array([1.0, 2.0, 3.0])),
    (ROW, np.array([3.0, 2.0, 1.0])[::-1]),
    (ROW, ROW[None]),
    (ROW, ROW.clone().requires_grad_()),
    (MATRIX, [ROW[:2], np.array([3, 4])]),
    (torch.tensor(2.0), 2),
    (torch.tensor(2.0), np.float64(2)),
    (torch.tensor(2.0), torch.tensor([[2.0]])),
    (MASK, [True, False]),
    (MASK, np.array([True, False])),
    (2.5, torch.tensor(2.5)),
    (2.5, np.float32(2.5)),
    (1000, 1000.0),
    (1000, torch.tensor([1000])),
    (True, np.bool_(True)),
    ([1.5, 2.5], torch.tensor([[1.5, 2.5]])),
    ((1, 2), np.array([1, 2])),
    ((ROW, MASK), [ROW.double(), MASK.numpy()]),
    ((ROW, ROW), torch.stack([ROW, ROW])),
    (["a", "b"], ("a", "b")),
    (["a", "b"], np.array(["a", "b"])),
    ({"a": ROW, "b": 2}, {"b": 2.0, "a": ROW.tolist()}),
    ({"x", "y"}, {"y", "x"}),
    ("word", "word"),
    (None, None),
]
REFUSED = [
    (ROW, None, "nothing was returned: end with return"),
    (ROW, "x", "expected a tensor of shape (3,), got 'x'"),
    (ROW, object(), "expected a tensor of shape (3,), got an object of type object"),
    (ROW, [[1, 2], [3]], "expected a tensor of shape (3,), got [[1, 2], [3]]"),
    (ROW, ROW[:, None], "expected the shape (3,), got (3, 1)"),
    (ROW, torch.tensor(1.0), "expected the shape (3,), got ()"),
    (MATRIX, MATRIX[None], "expected the shape (2, 2), got (1, 2, 2)"),
    (MATRIX, MATRIX.T, "expected [[1, 2], [3, 4]], got [[1, 3], [2, 4]]"),
    (LARGE, LARGE + (LARGE == 7), "entry (1, 3): expected 7, got 8"),
    (ROW, [1, 2, torch.nan], "expected [1, 2, 3], got [1, 2, nan]"),
    (ROW, ROW + 1e-3, "expected [1, 2, 3], got [1.001, 2.001, 3.001]"),
    (MASK, [1, 0], "expected booleans, got numbers (torch.int64)"),
    (ROW, ROW > 0, "expected numbers, got booleans (torch.bool)"),
    (ROW, ROW + 1j, "expected numbers, got complex numbers (torch.complex64)"),
    (2, [2], "expected a number, got [2]"),
    (2, True, "expected a number, got True"),
    (2, ROW, "expected a number, got [1, 2, 3]"),
    (2, {}, "expected a number, got {}"),
    (1000, 1000.238, "expected 1000, got 1000.2"),
    (6_738_415_616, 6_738_415_617, "expected 6738415616, got 6738415617"),
    (True, 1, "expected True or False, got 1"),
    ((1, 2), (1, 2, 3), "expected 2 numbers, got 3"),
    ((1, 2), (1, 3), "expected [1, 2], got [1, 3]"),
    ((1, 2), 1, "expected 2 numbers, got 1"),
    ((ROW, MASK), ROW, "expected 2 results (row, mask), got [1, 2, 3]"),
    ((ROW, MASK), [ROW] * 3, "expected 2 results (row, mask), got 3"),
    ((ROW, MASK), (ROW, None), "mask: nothing was returned: end with return"),
    ((ROW, MASK), (ROW, ~MASK), "mask: expected [True, False], got [False, True]"),
    (["a", "b"], ["b", "a"], "expected ['a', 'b'], got ['b', 'a']"),
    ({"a": 1}, {"b": 1}, "expected a dictionary with ['a'], got {'b': 1}"),
    ({"a": 1}, {"a": 2}, "a: expected 1, got 2"),
    ({"x"}, ["x"], "expected {'x'}, got ['x']"),
    ("word", MATRIX, "expected 'word', got [[1, 2], [3, 4]]"),
]


@pytest.mark.parametrize(("right", "found"), ACCEPTED)
def test_a_fair_teacher_accepts(right, found) -> None:
    assert difference(right, tidy(found)) is None


@pytest.mark.parametrize(("right", "found", "said"), REFUSED)
def test_what_differs_is_said(right, found, said: str) -> None:
    message = difference(right, tidy(found), names=("row", "mask"))
    assert message is not None
    assert message.startswith(said)


def test_results_from_paper_may_be_rounded() -> None:
    assert difference([0.446, 0.108], [0.45, 0.11], within=0.011) is None
    assert difference([0.446, 0.108], [0.45, 0.13], within=0.011)
    assert difference(36, 36.4, within=0.5) is None


def test_floats_that_could_agree_by_accident_are_few() -> None:
    assert len(floats_of((torch.zeros(8), torch.arange(8)))) == 1
    assert len(floats_of({"a": torch.arange(4.0), "b": [1.5, 2]})) == 5


def test_what_is_shown_is_short() -> None:
    assert short(torch.zeros(20, 30)) == "a tensor of shape (20, 30)"
    assert short((torch.zeros(2, 3), 1)) == "[(2, 3), 1]"
    assert short(list(range(20))) == "[0, 1, 2, 3, 4, 5, 6, 7, 8, ...]"
    assert short({"fox": 0.5, "owl": None}) == "{'fox': 0.5, 'owl': None}"
    assert short(dict.fromkeys(range(20), 1)).endswith("8: 1, ...}")
    assert len(short("x" * 200)) == 80
