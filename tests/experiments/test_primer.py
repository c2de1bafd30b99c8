"""Numbers on the page about the math you need that no open block prints."""

import math

import pytest
import torch

COUNTS = torch.tensor([[3.0, 9.0], [8.0, 2.0], [9.0, 1.0], [2.0, 2.0]]).double()
TOTALS = COUNTS.sum(dim=1, keepdim=True)
P = COUNTS / TOTALS
ENTROPIES = -(P * P.log()).sum(dim=1)


def loss_after_boom_boom(z: float) -> float:
    clap = 1 / (1 + math.exp(-z))
    return -0.75 * math.log(clap) - 0.25 * math.log(1 - clap)


def n_steps_from(gaps: list[float]) -> list[int]:
    """Count the steps of each row to within 0.01 nats of its floor, from its gap."""
    logits = torch.tensor([[0.0, gap] for gap in gaps]).double()
    excesses = list[torch.Tensor]()
    for _ in range(60):
        log_probs = logits.log_softmax(dim=-1)
        excesses.append(-(P * log_probs).sum(dim=1) - ENTROPIES)
        logits -= 3 * (TOTALS * log_probs.exp() - COUNTS) / 36
    found: list[int] = (torch.stack(excesses) > 0.01).sum(dim=0).tolist()
    return found


def test_the_quotient_approaches_the_slope() -> None:
    at_0, at_nudge = loss_after_boom_boom(0), loss_after_boom_boom(0.01)
    assert (round(at_0, 5), round(at_nudge, 5)) == (0.69315, 0.69066)
    assert round((at_nudge - at_0) / 0.01, 3) == -0.249
    quotients = [(loss_after_boom_boom(h) - at_0) / h for h in (1e-2, 1e-3, 1e-4)]
    distances = [abs(quotient + 0.25) for quotient in quotients]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 2e-5


def test_rows_that_are_rare_or_certain_of_the_right_thing_lag() -> None:
    certain_of_what_is_right = n_steps_from([7, -7, -7, 7])
    certain_of_what_is_wrong = n_steps_from([-7, 7, 7, -7])
    assert certain_of_what_is_right == [14, 20, 32, 28]
    assert certain_of_what_is_wrong == [8, 10, 12, 28]  # the last row has no side


def test_a_longer_arrow_wins() -> None:
    boom_clap, clap_boom = P[1], P[2]
    norms = [round(row.norm().item(), 2) for row in (boom_clap, clap_boom)]
    assert norms == [0.82, 0.91]
    assert boom_clap @ clap_boom > boom_clap @ boom_clap


def test_a_table_of_ten_tokens_is_too_large() -> None:
    assert round(1024**10 / 1e30) == 1


def test_the_probabilities_of_a_whole_song() -> None:
    nats = (TOTALS[:, 0] * ENTROPIES).sum().item()
    assert round(nats, 1) == 17.8
    assert math.exp(-nats) == pytest.approx(2e-8, rel=0.1)
    assert math.exp(-nats) * 2**36 == pytest.approx(1300, rel=0.05)


def test_the_table_is_a_linear_layer_of_one_hot_contexts() -> None:
    contexts, logits = torch.tensor([0, 1, 2, 1, 3]), torch.randn(4, 2)
    one_hot = torch.nn.functional.one_hot(contexts, 4).float()
    torch.testing.assert_close(one_hot @ logits, logits[contexts])
