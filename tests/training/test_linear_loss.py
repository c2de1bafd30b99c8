"""Head and loss in one beside the head and then the loss."""

import math

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from llm_foundations.models.gpt import GPT, GPTConfig
from llm_foundations.training import linear_loss
from llm_foundations.training.linear_loss import linear_cross_entropy
from llm_foundations.training.objectives import causal_lm, cross_entropy


def parts(n: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, ...]:
    """Vectors, a head of 11 tokens, targets, and a mask that leaves some out."""
    torch.manual_seed(0)
    x, weight = torch.randn(2, n, 5, dtype=dtype), 3 * torch.randn(11, 5, dtype=dtype)
    counts = torch.rand(2, n) < 0.7
    counts[0, 0] = True
    targets = torch.randint(11, (2, n))
    return x.requires_grad_(), weight.requires_grad_(), targets, counts


def plain(x: Tensor, weight: Tensor, targets: Tensor, counts: Tensor) -> Tensor:
    return cross_entropy(x @ weight.mT, targets, counts)


def with_gradients(loss: Tensor, sides: tuple[Tensor, ...], scale: float) -> list:
    return [loss, *torch.autograd.grad(scale * loss, sides)]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_it_is_the_loss_of_the_scores_with_its_gradients(
    n: int, scale: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear_loss, "N_ROWS", 3)
    taken = parts(n)
    results = (
        with_gradients(f(*taken), taken[:2], scale)
        for f in (linear_cross_entropy, plain)
    )
    torch.testing.assert_close(*results)


def test_by_hand() -> None:
    x = torch.tensor([[1.0]], requires_grad=True)
    weight = torch.tensor([[0.0], [math.log(3)]], requires_grad=True)
    loss = linear_cross_entropy(x, weight, torch.tensor([0]), torch.tensor([True]))
    loss.backward()
    assert loss.item() == pytest.approx(math.log(4))
    assert weight.grad is not None
    assert weight.grad.flatten().tolist() == pytest.approx([-0.75, 0.75])


class Largest(TorchDispatchMode):
    """Notes how many numbers the largest result holds."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if isinstance(result, Tensor):
            self.numbers = max(self.numbers, result.numel())
        return result


def test_it_never_holds_the_scores_of_all_positions() -> None:
    x = torch.randn(2000, 4, requires_grad=True)
    weight = torch.randn(50, 4, requires_grad=True)
    taken = x, weight, torch.randint(50, (2000,)), torch.ones(2000, dtype=torch.bool)
    held = []
    for loss in (linear_cross_entropy, plain):
        with Largest() as largest:
            loss(*taken).backward()
        held.append(largest.numbers)
    assert held == [linear_loss.N_ROWS * 50, 2000 * 50]


def test_positions_that_do_not_count_are_not_scored() -> None:
    x, weight, targets, counts = parts(9)
    spoiled = torch.where(counts[..., None], x, torch.nan)
    loss = linear_cross_entropy(spoiled, weight, targets, counts)
    torch.testing.assert_close(loss, plain(x, weight, targets, counts))


@pytest.mark.parametrize("prepare", [Tensor.detach, Tensor.double], ids=str)
def test_without_a_gradient_or_in_float64_it_is_the_plain_form(prepare) -> None:
    x, weight, targets, counts = parts(4)
    sides = prepare(x), prepare(weight)
    loss = linear_cross_entropy(*sides, targets, counts)
    torch.testing.assert_close(loss, plain(*sides, targets, counts))
    assert loss.dtype == sides[0].dtype


def test_a_tied_model_learns_the_same() -> None:
    torch.manual_seed(0)
    model = GPT(GPTConfig(20, 8, 8, 1, 2, dropout=0.0))
    inputs, targets, counts = causal_lm(torch.randint(20, (3, 9)))
    weights = list(model.parameters())
    head = model.token_embedding.weight
    joined = linear_cross_entropy(model.features(*inputs), head, targets, counts)
    apart = cross_entropy(model(*inputs), targets, counts)
    results = (torch.autograd.grad(loss, weights) for loss in (joined, apart))
    torch.testing.assert_close(*results)


def test_the_gradient_can_be_taken_twice() -> None:
    x, weight, targets, counts = parts(4)
    loss = linear_cross_entropy(x, weight, targets, counts)
    loss.backward(retain_graph=True)
    first = weight.grad.clone()
    loss.backward()
    torch.testing.assert_close(weight.grad, 2 * first)


def test_nothing_that_counts_is_no_number() -> None:
    x, weight, targets, counts = parts(4)
    loss = linear_cross_entropy(x, weight, targets, torch.zeros_like(counts))
    assert loss.isnan()


def test_a_target_that_is_no_id_is_refused() -> None:
    x, weight, targets, counts = parts(4)
    with pytest.raises(RuntimeError, match="index 11 is out of bounds"):
        linear_cross_entropy(x, weight, targets.fill_(11), counts)
