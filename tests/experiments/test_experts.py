"""Each kind has its centre and its matrix, and the seed decides both."""

import torch

from llm_foundations.experiments.experts import ClusteredRegression


def test_the_answer_is_the_product_with_the_kinds_matrix() -> None:
    torch.manual_seed(0)
    task = ClusteredRegression(n_kinds=4, d_model=3)
    x, answers = task.batch(50)
    # Every vector has one kind whose matrix explains its answer.
    candidates = torch.einsum("nc,kcd->nkd", x, task.matrices)
    distance = (candidates - answers[:, None]).abs().amax(-1)
    torch.testing.assert_close(distance.amin(1), torch.zeros(50))
    assert set(distance.argmin(1).tolist()) == {0, 1, 2, 3}


def test_vectors_lie_around_centres_that_share_a_part() -> None:
    torch.manual_seed(0)
    task = ClusteredRegression(n_kinds=2, d_model=200, common=5.0)
    x, _ = task.batch(400)
    assert abs(x.mean().item() - 5) < 0.2
    nearest = torch.cdist(x, task.centres).amin(1) / 200**0.5
    assert abs(nearest.mean().item() - 0.5) < 0.02


def test_the_seed_decides() -> None:
    drawn = []
    for _ in range(2):
        torch.manual_seed(3)
        drawn.append(ClusteredRegression(2, 3).batch(4)[1])
    assert torch.equal(*drawn)
