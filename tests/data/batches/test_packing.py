import random

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from llm_foundations.data.batches.packing import (
    document_mask,
    document_positions,
    fill,
    pack_best_fit,
    pack_in_order,
    predicts_next,
)


def some_documents(n: int, longest: int) -> list[list[int]]:
    chance = random.Random(3)
    lengths = [chance.randint(1, longest) for _ in range(n)]
    return [[number] * length for number, length in enumerate(lengths)]


@pytest.mark.parametrize("pack", [pack_in_order, pack_best_fit])
def test_each_document_stands_whole_in_one_row(pack) -> None:
    documents = some_documents(500, longest=20)
    rows = list(pack(documents, 20))
    assert sorted(d for row in rows for d in row) == sorted(documents)
    assert max(sum(map(len, row)) for row in rows) <= 20


@pytest.mark.parametrize("pack", [pack_in_order, pack_best_fit])
def test_a_long_document_is_cut_and_an_empty_one_left_out(pack) -> None:
    rows = list(pack([[], [1, 2, 3, 4, 5]], 2))
    assert sorted(row for row in rows) == [[[1, 2]], [[3, 4]], [[5]]]
    assert list(pack([], 2)) == []


def test_best_fit_needs_nearly_no_padding() -> None:
    documents = some_documents(2000, longest=20)
    n_tokens = sum(map(len, documents))
    n_plain = len(list(pack_in_order(documents, 32)))
    n_best = len(list(pack_best_fit(documents, 32)))
    assert n_tokens / (32 * n_plain) < 0.85
    assert n_tokens / (32 * n_best) > 0.99


def test_best_fit_keeps_few_rows_open() -> None:
    def documents():
        for number in range(100):
            read.append(number)
            yield [number] * 3

    read: list[int] = []
    rows = pack_best_fit(documents(), length=4, n_open=5)
    assert next(rows) == [[0, 0, 0]]
    assert len(read) == 6


def test_documents_do_not_see_each_other() -> None:
    filled = torch.from_numpy(np.stack([fill([[5, 6, 7], [8, 9]], 6)])).long()
    _, document_ids = filled.unbind(1)
    mask = document_mask(document_ids) & torch.ones(6, 6, dtype=torch.bool).tril()
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(1, 6, 4, generator=generator)
    together = F.scaled_dot_product_attention(x, x, x, attn_mask=mask)
    for part in (slice(0, 3), slice(3, 5)):
        y = x[:, part]
        alone = F.scaled_dot_product_attention(y, y, y, is_causal=True)
        torch.testing.assert_close(together[:, part], alone)


def test_positions_and_predictions_by_hand() -> None:
    document_ids = torch.tensor([[1, 1, 1, 2, 2, 0, 0]])
    assert document_positions(document_ids)[0, :5].tolist() == [0, 1, 2, 0, 1]
    assert predicts_next(document_ids).int().tolist() == [[1, 1, 0, 1, 0, 0]]
    assert document_mask(document_ids).sum() == 9 + 4


def test_fill_by_hand() -> None:
    assert fill([[7], [8, 9]], 4, pad_id=3).tolist() == [[7, 8, 9, 3], [1, 2, 2, 0]]
    assert fill([], 2).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: next(pack_in_order([[1]], 0)), "got 0"),
        (lambda: next(pack_best_fit([[1]], 4, n_open=0)), "n_open must be at least 1"),
        (lambda: fill([[1, 2, 3]], 2), "a row of 2 cannot hold 3 ids"),
    ],
)
def test_errors(make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("shape", [(4,), (2, 1, 4)])
def test_a_mask_is_of_rows(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"must be rows \(B, T\), got shape"):
        document_mask(torch.ones(shape, dtype=torch.long))
