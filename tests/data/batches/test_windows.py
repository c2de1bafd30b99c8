import math

import numpy as np
import pytest
import torch

from llm_foundations.data.batches.windows import cut_document, sliding_windows


def test_windows_by_hand() -> None:
    ids = torch.arange(6)
    assert sliding_windows(ids, 3).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert sliding_windows(ids, 4).tolist() == [[0, 1, 2, 3]]
    assert sliding_windows(ids, 3, stride=1)[-1].tolist() == [3, 4, 5]
    assert sliding_windows(ids, 3).data_ptr() == ids.data_ptr()


@pytest.mark.parametrize("overlap", [0, 1, 3])
@pytest.mark.parametrize("n", [0, 1, 4, 5, 9, 10])
def test_pieces_cover_the_document(n: int, overlap: int) -> None:
    document = list(range(n))
    pieces = cut_document(document, length=4, overlap=overlap)
    assert pieces[0] + [i for piece in pieces[1:] for i in piece[overlap:]] == document
    assert all(len(piece) == 4 for piece in pieces[:-1])
    assert len(pieces) == 1 or overlap < len(pieces[-1]) <= 4


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: sliding_windows(torch.arange(3), 0),
            "length must be at least 1, got 0",
        ),
        (
            lambda: sliding_windows(torch.arange(3), 2, 0),
            "stride must be at least 1, got 0",
        ),
        (lambda: sliding_windows(torch.arange(3), 4), "3 ids do not fill a row of 4"),
        (lambda: sliding_windows(torch.arange(3), math.nan), "length must be an int"),
        (lambda: cut_document([1], length=0), "length must be at least 1, got 0"),
        (
            lambda: cut_document([1], length=2, overlap=2),
            "overlap must be in 0 to 1, got 2",
        ),
    ],
)
def test_errors(make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_arrays_and_tensors_give_the_same_rows() -> None:
    ids = np.arange(7, dtype=np.int32)
    rows = sliding_windows(ids, 3, stride=2)
    assert torch.equal(rows, sliding_windows(torch.from_numpy(ids), 3, stride=2))
    assert rows.data_ptr() == ids.ctypes.data
    with pytest.raises(ValueError, match=r"must be \(n,\), got shape \(1, 7\)"):
        sliding_windows(ids[None], 3)
