"""Our optimizers take the same steps as PyTorch's."""

import math
from functools import partial

import pytest
import torch
from torch import nn

from llm_foundations.training import optimizers
from llm_foundations.training.optimizers import SGD, Adam, AdamW, Muon, orthogonalize


def walk(optimizer: type | partial, n_steps: int = 20) -> list[torch.Tensor]:
    """Minimise a small quartic and return the weights after every step."""
    torch.manual_seed(0)
    weights = nn.Parameter(torch.randn(6, 4))
    target = torch.randn(6, 4)
    rule = optimizer([weights])
    trace = []
    for _ in range(n_steps):
        rule.zero_grad()
        ((weights - target) ** 4).sum().backward()
        rule.step()
        trace.append(weights.detach().clone())
    return trace


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (partial(SGD, lr=0.01), partial(torch.optim.SGD, lr=0.01)),
        *(
            (partial(a, **settings), partial(b, **settings))
            for a, b, settings in [
                (
                    SGD,
                    torch.optim.SGD,
                    {"lr": 0.01, "momentum": 0.9, "weight_decay": 0.1},
                ),
                (Adam, torch.optim.Adam, {"lr": 0.05, "betas": (0.8, 0.9)}),
                (Adam, torch.optim.Adam, {"lr": 0.05, "weight_decay": 0.1}),
                (AdamW, torch.optim.AdamW, {"lr": 0.05, "weight_decay": 0.1}),
                (
                    AdamW,
                    partial(torch.optim.AdamW, fused=True),
                    {"lr": 0.05, "weight_decay": 0.1},
                ),
                (Muon, torch.optim.Muon, {"lr": 0.05, "weight_decay": 0.1}),
            ]
        ),
    ],
)
def test_every_step_equals_torchs(
    ours: partial, theirs: partial, monkeypatch: pytest.MonkeyPatch
) -> None:
    # PyTorch's Muon multiplies in bfloat16 on every device.
    monkeypatch.setattr(optimizers, "fast_dtype", lambda _: torch.bfloat16)
    pairs = list(zip(walk(ours), walk(theirs), strict=True))
    assert not torch.equal(pairs[0][0], pairs[-1][0])
    for mine, reference in pairs:
        torch.testing.assert_close(mine, reference)


def test_adam_by_hand() -> None:
    # The first step is the learning rate, whatever the size of the gradient.
    weight = nn.Parameter(torch.tensor([1.0, 1.0]))
    weight.grad = torch.tensor([1e-3, -50.0])
    Adam([weight], lr=0.1).step()
    torch.testing.assert_close(weight.detach(), torch.tensor([0.9, 1.1]))


def test_muons_other_group_is_adamws() -> None:
    plain = walk(partial(AdamW, lr=0.05, betas=(0.9, 0.95), weight_decay=0.1))

    def rule(parameters: list[nn.Parameter]) -> Muon:
        group = {"params": parameters, "matrices": False}
        return Muon([group], lr=0.05, weight_decay=0.1)

    torch.testing.assert_close(walk(rule), plain)


@pytest.mark.parametrize("shape", [(8, 8), (16, 4), (4, 16)])
def test_singular_values_are_pushed_towards_one(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalize(1000 * matrix).float())
    assert values.min() > 0.5
    assert values.max() < 1.3


def test_a_processor_need_not_know_bfloat16() -> None:
    assert optimizers.fast_dtype(torch.device("cpu")) == torch.float32
    assert optimizers.fast_dtype(torch.device("cuda")) == torch.bfloat16
    matrix = torch.randn(8, 16, generator=torch.Generator().manual_seed(0))
    exact, fast = orthogonalize(matrix), orthogonalize(matrix, dtype=torch.bfloat16)
    assert (exact.dtype, fast.dtype) == (torch.float32, torch.bfloat16)
    assert (exact - fast).norm() < 0.02 * exact.norm()


def test_only_matrices_have_singular_values() -> None:
    with pytest.raises(ValueError, match=r"got shape \(3,\)"):
        orthogonalize(torch.ones(3))


def test_parameters_without_gradient_stay() -> None:
    weight = nn.Parameter(torch.ones(2))
    AdamW([weight], weight_decay=1.0).step()
    assert torch.equal(weight.detach(), torch.ones(2))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (partial(SGD, lr=-1.0), "lr must be a finite number at least 0, got -1.0"),
        (partial(Adam, lr=math.nan), "lr must be a finite number at least 0, got nan"),
        (partial(AdamW, weight_decay=math.inf), "weight_decay must be .* got inf"),
        (partial(Adam, eps=-1e-8), "eps must be .* got -1e-08"),
        (partial(Adam, betas=(0.9, 1.0)), r"betas\[1\] .* less than 1, got 1.0"),
        (partial(Adam, betas=(math.nan, 0.9)), r"betas\[0\] .* less than 1, got nan"),
        (partial(Muon, momentum=2.0), "momentum must be .* less than 1, got 2.0"),
        (partial(SGD, momentum="0.9"), "momentum must be .* got '0.9'"),
    ],
)
def test_settings_that_cannot_be(rule: partial, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rule([nn.Parameter(torch.ones(1))])


@pytest.mark.parametrize("setting", ["lr", "weight_decay", "momentum"])
def test_a_group_cannot_have_such_settings_either(setting: str) -> None:
    weight = nn.Parameter(torch.ones(2, 2))
    group = {"params": [weight], setting: math.nan}
    with pytest.raises(ValueError, match=f"{setting} must be .* got nan"):
        Muon([group])
    optimizer = SGD([nn.Parameter(torch.ones(1))])
    with pytest.raises(ValueError, match=f"{setting} must be .* got nan"):
        optimizer.add_param_group(group)
    assert len(optimizer.param_groups) == 1
