"""What the lesson on embeddings says of the two banks of the stories."""

import pytest
import torch
from torch.nn import functional as F

from llm_foundations.data.stories.vocabulary import PLACES
from llm_foundations.experiments import (
    bank_rates,
    banks,
    principal_plane,
    vectors_after_bank,
    vectors_of_two_banks,
)


def test_bank_lies_between_its_meanings() -> None:
    for seed in range(2):
        vectors = vectors_of_two_banks(seed)
        apart = vectors.similarity("riverbank", "moneybank")
        river = vectors.similarity("bank", "riverbank")
        money = vectors.similarity("bank", "moneybank")
        assert min(river, money) > apart + 0.08
        e = {w: vectors[w] for w in ("bank", "riverbank", "moneybank")}
        mean = (e["riverbank"] + e["moneybank"]) / 2
        assert F.cosine_similarity(e["bank"], mean, dim=0) > 0.96


def test_banks_are_split_at_the_word() -> None:
    found = banks("validation", 100)
    assert all("bank" not in bank.before for bank in found)
    assert {bank.is_river for bank in found} == {True, False}


def test_the_last_place_tells_the_bank_in_three_of_four_stories() -> None:
    kinds = {place.name: place.bank for place in PLACES}
    found = banks("validation", 1000)
    last = [[kinds[w] for w in bank.before if w in kinds][-1] for bank in found]
    hits = sum(b.is_river == (k != "money") for b, k in zip(found, last, strict=True))
    assert hits / len(found) == pytest.approx(0.77, abs=0.005)


def test_rates_are_shares_of_right_guesses() -> None:
    found = banks("validation")
    share = sum(bank.is_river for bank in found) / len(found)

    def always(vectors, rivers, others, new):
        assert {len(words) for words in new} <= set(range(1, 41))
        return [True for _ in new]

    rates = bank_rates(always)
    assert list(rates) == ["next 5", "next 40", "last 5", "last 40"]
    assert all(rate == pytest.approx(share, abs=0.005) for rate in rates.values())


def hits_by_sublayer(residual, is_water):
    """Learn the two means from half of the stories, and classify the others."""
    kind = torch.tensor(is_water)
    first = torch.arange(len(kind)) < len(kind) / 2
    water, streets = (residual[:, k & first].mean(1) for k in (kind, ~kind))
    middle = (water + streets)[:, None] / 2
    sides = ((residual - middle) * (water - streets)[:, None]).sum(-1) > 0
    return (sides == kind)[:, ~first].float().mean(dim=1)


def test_the_period_after_bank_splits_by_place() -> None:
    residual, is_water, is_she = vectors_after_bank(40)
    assert torch.equal(residual[0], residual[0, :1].expand(40, -1))
    hits = hits_by_sublayer(residual, is_water)
    assert hits[-1] >= 0.85
    assert hits[:7].max() <= 0.75
    # The two directions of largest variance are these two: four clusters.
    flat = principal_plane(residual[-1])
    kind, she = torch.tensor(is_water), torch.tensor(is_she)
    groups = [flat[(kind == a) & (she == b)] for a in (0, 1) for b in (0, 1)]
    middles = torch.stack([group.mean(dim=0) for group in groups])
    own = torch.cat([torch.full((len(g),), i) for i, g in enumerate(groups)])
    assert (torch.cdist(torch.cat(groups), middles).argmin(1) == own).sum() >= 38


def test_bank_itself_does_not_split() -> None:
    residual, is_water, _ = vectors_after_bank(80, position=-2)
    assert hits_by_sublayer(residual, is_water).max() <= 0.7


def test_a_linear_probe_of_bank_itself_is_near_chance() -> None:
    """Ridge regression on four fifths of 150 stories guesses the other fifth."""
    rates = {}
    for position in (-1, -2):
        residual, is_water, _ = vectors_after_bank(150, position)
        x = residual[-1] - residual[-1].mean(dim=0)
        x = x / x.std(dim=0).clamp_min(1e-3)
        kind = torch.tensor(is_water).float() * 2 - 1
        hits = 0
        for fold in range(5):
            new = torch.arange(len(kind)) % 5 == fold
            mean = kind[~new].mean()
            square = x[~new].T @ x[~new] + 100 * torch.eye(x.shape[1])
            weights = torch.linalg.solve(square, x[~new].T @ (kind[~new] - mean))
            hits += int(((x[new] @ weights + mean).sign() == kind[new]).sum())
        rates[position] = hits / len(kind)
    assert rates[-1] > 0.9
    assert rates[-2] < 0.65  # always guessing the streets gives 0.6
