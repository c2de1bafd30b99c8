"""Neighbours stay or are parted, with equal chance, and the target says which."""

import pytest
import torch

from llm_foundations.training.objectives.sentence_pairs import next_sentence

CLS, SEP = 1, 2


def documents(n: int) -> list[list[list[int]]]:
    """Sentence s of document d is 100 d + s, s + 1 times."""
    return [[[100 * d + s] * (s + 1) for s in range(3)] for d in range(1, n + 1)]


def test_a_pair_is_followed_exactly_when_the_target_says_so() -> None:
    source = torch.Generator().manual_seed(0)
    example = next_sentence(documents(50), CLS, SEP, generator=source)
    ids, segments = example.inputs
    assert len(ids) == 100
    assert example.loss_mask.all()
    for row, parts, target in zip(ids, segments, example.targets, strict=True):
        real = row[row != 0]
        first, second = (
            real[(real == SEP).cumsum(0) == 0][1:],
            real[parts[: len(real)] == 1],
        )
        follows = first[0] + 1 == second[0]
        assert bool(follows) == (target == 0)
        assert second[-1] == SEP
        assert (first[0] // 100 == second[0] // 100) == follows


def test_half_are_swapped() -> None:
    source = torch.Generator().manual_seed(0)
    example = next_sentence(documents(500), CLS, SEP, generator=source)
    assert 0.4 < example.targets.float().mean() < 0.6


def test_layout_by_hand() -> None:
    texts = [[[5, 6], [7]], [[7]]]  # a swap finds the same sentence
    source = torch.Generator().manual_seed(0)
    ids, segments = next_sentence(texts, CLS, SEP, generator=source).inputs
    assert ids.tolist() == [[CLS, 5, 6, SEP, 7, SEP]]
    assert segments.tolist() == [[0, 0, 0, 0, 1, 1]]


@pytest.mark.parametrize("texts", [[[[5], [6]]], [[[5]], [[6]]]])
def test_needs_somewhere_to_swap_from(texts: list[list[list[int]]]) -> None:
    with pytest.raises(ValueError, match="two documents"):
        next_sentence(texts, CLS, SEP)
