"""Optimizers from scratch, each one short rule applied to every parameter.

SGD, Adam and AdamW are here to be read; they take the same steps as `torch.optim`,
whose fused AdamW the [`Trainer`][llm_foundations.training.loop.Trainer] uses. Muon
is used as it stands.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from torch.optim import Optimizer

from llm_foundations.checks import check_integer, check_number

Groups = Iterable[Tensor] | list[dict[str, Any]]
"""Parameters, or groups of them with settings of their own."""


class RuleOptimizer(Optimizer):
    """An optimizer that changes each parameter by itself.

    A subclass gives `update(parameter, gradient, state, group)`, which changes the
    parameter in place; `state` is its memory, empty at first.
    """

    def update(
        self, p: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Change one parameter in place."""
        raise NotImplementedError

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with their own settings, after those are checked.

        Args:
            param_group: `params`, and the settings that differ from the defaults.

        Raises:
            ValueError: If a setting is out of its range.
        """
        _check_settings({**self.defaults, **param_group})
        super().add_param_group(param_group)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Change every parameter that has a gradient; no closure is called."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.update(p, p.grad, self.state[p], group)


class SGD(RuleOptimizer):
    """Go downhill, with momentum.

    Reference:
        Sutskever et al. (2013), section 2, in the form of `torch.optim.SGD`,
        <https://proceedings.mlr.press/v28/sutskever13.html>
    """

    def __init__(
        self,
        params: Groups,
        lr: float = 1e-3,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        """Group the parameters and set the rule's constants.

        Args:
            params: Parameters, or groups of them with settings of their own.
            lr: The length of a step per unit of gradient.
            momentum: The share of the previous step that is kept.
            weight_decay: Added to the gradient per unit of weight.
        """
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    def update(
        self, p: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Add the gradient to the running step and take it."""
        gradient = gradient + group["weight_decay"] * p
        step = state.setdefault("momentum", torch.zeros_like(p))
        step.mul_(group["momentum"]).add_(gradient)
        p.sub_(group["lr"] * step)


class Adam(RuleOptimizer):
    """Divide each step by how large that weight's gradients usually are.

    Reference:
        Kingma and Ba (2015), algorithm 1, <https://arxiv.org/abs/1412.6980>
    """

    def __init__(
        self,
        params: Groups,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        """Group the parameters and set the rule's constants.

        Args:
            params: Parameters, or groups of them with settings of their own.
            lr: About how far a weight moves in a step.
            betas: How slowly the mean of the gradient and of its square forget.
            eps: Keeps the division finite.
            weight_decay: Added to the gradient per unit of weight.
        """
        settings = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, settings)

    def update(
        self, p: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Decay through the gradient, then take Adam's step."""
        adam_step(p, gradient + group["weight_decay"] * p, state, group)


class AdamW(Adam):
    """Adam whose weight decay does not pass through the division.

    The arguments are Adam's; `weight_decay` is the share of a weight that is lost
    per step and unit of learning rate.

    Reference:
        Loshchilov and Hutter (2019), algorithm 2, <https://arxiv.org/abs/1711.05101>
    """

    def update(
        self, p: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Shrink the weights, then take Adam's step."""
        p.mul_(1 - group["lr"] * group["weight_decay"])
        adam_step(p, gradient, state, group)


def adam_step(
    p: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
) -> None:
    """Change a parameter by Adam's rule, decay apart.

    Args:
        p: The parameter, changed in place.
        gradient: Its gradient.
        state: Its memory: the steps taken and the two running means.
        group: Holds `lr`, `betas` and `eps`.
    """
    beta1, beta2 = group["betas"]
    state["step"] = state.get("step", 0) + 1
    mean = state.setdefault("mean", torch.zeros_like(p))
    square = state.setdefault("square", torch.zeros_like(p))
    mean.lerp_(gradient, 1 - beta1)
    square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    # The means start at 0; this makes up for the steps they have not yet seen.
    mean_scale = 1 - beta1 ** state["step"]
    square_scale = 1 - beta2 ** state["step"]
    scale = (square / square_scale).sqrt_().add_(group["eps"])
    p.addcdiv_(mean, scale, value=-group["lr"] / mean_scale)


class Muon(RuleOptimizer):
    """Step along the nearest matrix whose singular values are all 1.

    For the matrices between layers only; a group with `"matrices": False` is
    changed by AdamW's rule, which suits embeddings, heads, norms and biases.

    Reference:
        Jordan et al. (2024), <https://kellerjordan.github.io/posts/muon/>, in the
        form of `torch.optim.Muon`
    """

    def __init__(
        self,
        params: Groups,
        lr: float = 2e-2,
        momentum: float = 0.95,
        betas: tuple[float, float] = (0.9, 0.95),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        """Group the parameters and set the rule's constants.

        Args:
            params: Parameters, or groups of them with settings of their own.
            lr: The length of a step; matrices of any shape take the same.
            momentum: How slowly the mean of the gradient forgets (Nesterov's form).
            betas: As in Adam, for the groups that AdamW's rule changes.
            eps: As in Adam.
            weight_decay: The share of a weight lost per step and unit of learning rate.
        """
        settings = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        own = {"momentum": momentum, "matrices": True}
        super().__init__(params, {**settings, **own})

    def update(
        self, p: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Shrink the weights, then step by the rule of the group."""
        p.mul_(1 - group["lr"] * group["weight_decay"])
        if not group["matrices"]:
            adam_step(p, gradient, state, group)
            return
        mean = state.setdefault("mean", torch.zeros_like(p))
        mean.lerp_(gradient, 1 - group["momentum"])
        blend = gradient.lerp(mean, group["momentum"])
        direction = orthogonalize(blend, dtype=fast_dtype(p.device))
        # A tall matrix has a larger output than input; its step is longer.
        length = group["lr"] * math.sqrt(max(1.0, p.shape[0] / p.shape[1]))
        p.add_(direction.to(p.dtype), alpha=-length)


def fast_dtype(device: torch.device) -> torch.dtype:
    """Return what a device multiplies fast: many processors imitate bfloat16."""
    return torch.float32 if device.type == "cpu" else torch.bfloat16


def orthogonalize(
    matrix: Float[Tensor, "M N"], n_steps: int = 5, dtype: torch.dtype = torch.float32
) -> Float[Tensor, "M N"]:
    r"""Push all singular values of a matrix towards 1.

    Repeats $X \leftarrow aX + b\,XX^\top X + c\,(XX^\top)^2 X$ (Newton-Schulz). The
    constants are chosen for speed: the values end between about 0.7 and 1.2.

    Args:
        matrix: Any matrix; its scale does not matter.
        n_steps: Repetitions.
        dtype: Of the products and of the result; bfloat16 is exact enough here.

    Raises:
        ValueError: If it is no matrix, or `n_steps` is less than 1.
    """
    check_integer("n_steps", n_steps)
    if matrix.ndim != 2:
        raise ValueError(f"Muon changes matrices, got shape {tuple(matrix.shape)}")
    a, b, c = 3.4445, -4.7750, 2.0315
    is_tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.to(dtype).T if is_tall else matrix.to(dtype)
    x = x / x.norm().clamp(min=1e-7)
    for _ in range(n_steps):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if is_tall else x


def _check_settings(settings: dict[str, Any]) -> None:
    for name in ("lr", "eps", "weight_decay"):
        check_number(name, settings.get(name, 0.0), least=0)
    check_number("momentum", settings.get("momentum", 0.0), least=0, below=1)
    for i, beta in enumerate(settings.get("betas", ())):
        check_number(f"betas[{i}]", beta, least=0, below=1)


def clip_gradients(
    parameters: Iterable[nn.Parameter], limit: float | None = None
) -> Tensor:
    """Scale all gradients down together, in place, if they are longer than a limit.

    Args:
        parameters: Those without a gradient are left out. Whole ones and ones that
            are cut over different processes may stand side by side.
        limit: The greatest length; None or infinity to measure alone.

    Returns:
        The length before.

    Raises:
        ValueError: If `limit` is not positive.

    Examples:
        >>> weight = nn.Parameter(torch.zeros(2))
        >>> weight.grad = torch.tensor([30.0, 40.0])
        >>> clip_gradients([weight], limit=5.0).item()
        50.0
        >>> [round(g, 4) for g in weight.grad.tolist()]
        [3.0, 4.0]

    Reference:
        Pascanu et al. (2013), section 3.2, <https://arxiv.org/abs/1211.5063>
    """
    limit = math.inf if limit is None else limit
    if not limit > 0:  # NaN is not, either
        raise ValueError(f"limit must be positive, got {limit}")
    # PyTorch's functions take tensors that are cut alike, so: one group a mesh.
    groups: dict[object, list[nn.Parameter]] = {}
    for p in parameters:
        if p.grad is not None:
            groups.setdefault(getattr(p.grad, "device_mesh", None), []).append(p)
    if not groups:
        return torch.tensor(0.0)
    norms = [_norm([p.grad for p in group]) for group in groups.values()]
    total: Tensor = torch.linalg.vector_norm(torch.stack(norms))
    for group in groups.values():
        nn.utils.clip_grads_with_norm_(group, limit, total)
    return total


def _norm(gradients: list[Tensor | None]) -> Tensor:
    norm = nn.utils.get_total_norm([g for g in gradients if g is not None])
    whole: Tensor = norm.full_tensor() if isinstance(norm, DTensor) else norm
    return whole
