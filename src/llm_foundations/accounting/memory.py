"""What a model takes up: weights, gradients, optimizer, activations, cache.

All sizes are bytes, and 1 GB is 10^9 of them. What the device keeps for itself (the
driver's context, workspaces, fragmentation) is not counted: leave room for it.
"""

from dataclasses import dataclass, replace
from math import ceil

from llm_foundations.accounting.activations import activation_bytes
from llm_foundations.accounting.architecture import Architecture
from llm_foundations.accounting.kv_cache import kv_cache_bytes, weight_bytes
from llm_foundations.accounting.parameters import ParameterCount, count_parameters

OPTIMIZERS = ("adamw", "adamw_8bit", "muon")
"""The optimizers whose states are known here."""

PRECISIONS = ("float32", "mixed", "bfloat16")
"""How training may be done: all in float32, in bfloat16 with a float32 copy of the
weights and float32 states (16 bytes a parameter with AdamW), or all in bfloat16."""

BLOCK_8BIT = 256
"""Numbers that share one float32 scale in an 8-bit optimizer."""


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """How a model is to be trained.

    Raises:
        ValueError: If a number is not positive, or a name is unknown.
    """

    batch_size: int = 1
    """Sequences that one device works on at once."""
    n_tokens: int = 2048
    """Length of each sequence."""
    precision: str = "mixed"
    """One of `PRECISIONS`."""
    optimizer: str = "adamw"
    """One of `OPTIMIZERS`."""
    n_devices: int = 1
    """Devices, each with its own batch."""
    zero_stage: int = 0
    """What is divided among the devices: nothing, the optimizer's states (1), the
    gradients too (2), the weights too (3)."""
    checkpointing: bool = False
    """Whether only the input of each layer is kept, and the rest computed again."""
    fused_attention: bool = True
    """Whether attention runs in one kernel, which never stores its weights."""

    def __post_init__(self) -> None:
        """Refuse what is no plan."""
        for name in ("batch_size", "n_tokens", "n_devices"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision {self.precision!r} is none of {PRECISIONS}")
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(f"optimizer {self.optimizer!r} is none of {OPTIMIZERS}")
        if self.zero_stage not in (0, 1, 2, 3):
            raise ValueError(f"zero_stage must be 0 to 3, got {self.zero_stage}")


@dataclass(frozen=True)
class Memory:
    """Bytes on one device."""

    weights: int = 0
    """The weights that the model computes with."""
    gradients: int = 0
    """One number for each weight."""
    optimizer: int = 0
    """The optimizer's states, and the float32 copy of mixed precision."""
    activations: int = 0
    """What the forward pass keeps for the backward pass."""
    cache: int = 0
    """Keys and values of past tokens, when generating."""

    @property
    def total(self) -> int:
        """Everything together."""
        return sum(vars(self).values())


def optimizer_bytes(count: ParameterCount, optimizer: str, precision: str) -> int:
    """Return the size of the optimizer's states, a float32 copy included.

    AdamW keeps two numbers for each weight, in the precision of the weights but
    float32 in mixed precision. In 8 bits they take a byte each, and a float32 scale
    for each block of 256, as in torchao's `AdamW8bit`. Muon keeps one number for each
    weight of the matrices of attention and feed-forward, and leaves the rest to AdamW.
    The step counters of PyTorch, 4 bytes for each tensor, are not counted.

    Args:
        count: The weights.
        optimizer: One of `OPTIMIZERS`.
        precision: One of `PRECISIONS`.

    Reference:
        Rajbhandari et al. (2020), ZeRO, section 3.1, <https://arxiv.org/abs/1910.02054>;
        Dettmers et al. (2022), 8-bit optimizers, <https://arxiv.org/abs/2110.02861>;
        Jordan et al. (2024), Muon, <https://kellerjordan.github.io/posts/muon/>
    """
    n, width = count.total, 2 if precision == "bfloat16" else 4
    copy = 4 * n if precision == "mixed" else 0
    if optimizer == "adamw_8bit":
        return copy + 2 * (n + 4 * ceil(n / BLOCK_8BIT))
    if optimizer == "muon":
        return copy + width * (2 * n - _hidden_matrices(count))
    return copy + width * 2 * n


def _hidden_matrices(count: ParameterCount) -> int:
    parts = ("attention", "feed-forward")
    return sum(w.total for w in count.weights if w.is_matrix and w.part in parts)


def state_memory(count: ParameterCount, plan: TrainingPlan) -> Memory:
    """Return what one device holds of weights, gradients and optimizer in training.

    Args:
        count: The weights.
        plan: How they are trained.

    Examples:
        With AdamW in mixed precision it is 16 bytes a parameter:

        >>> from llm_foundations.facts import find_model
        >>> count = count_parameters(find_model("Llama 2 7B"))
        >>> state_memory(count, TrainingPlan()).total / count.total
        16.0

    Reference:
        Rajbhandari et al. (2020), ZeRO, figure 1, <https://arxiv.org/abs/1910.02054>
    """
    width = _width(plan)
    states = optimizer_bytes(count, plan.optimizer, plan.precision)
    shares = [plan.n_devices if plan.zero_stage >= stage else 1 for stage in (1, 2, 3)]
    return Memory(
        optimizer=ceil(states / shares[0]),
        gradients=ceil(width * count.total / shares[1]),
        weights=ceil(width * count.total / shares[2]),
    )


def training_memory(architecture: Architecture, plan: TrainingPlan) -> Memory:
    """Return what one device holds at the end of a forward pass in training.

    Args:
        architecture: The model.
        plan: How it is trained.

    Raises:
        ValueError: If the model is an encoder-decoder, whose activations are not
            counted here.
    """
    activations = activation_bytes(
        architecture,
        plan.batch_size,
        plan.n_tokens,
        width=_width(plan),
        checkpointing=plan.checkpointing,
        fused_attention=plan.fused_attention,
    )
    states = state_memory(count_parameters(architecture), plan)
    return replace(states, activations=activations)


def _width(plan: TrainingPlan) -> int:
    """Bytes of one weight, gradient or activation."""
    return 4 if plan.precision == "float32" else 2


def inference_memory(
    architecture: Architecture,
    n_tokens: int,
    batch_size: int = 1,
    precision: str = "bfloat16",
    n_devices: int = 1,
) -> Memory:
    """Return what one device holds when the model generates.

    Weights and cache are divided evenly among the devices. A cache of a quantised
    model stays in bfloat16.

    Args:
        architecture: The model.
        n_tokens: Longest sequence, prompt included; the source's length as well.
        batch_size: Sequences at once.
        precision: A key of `BYTES`, for the weights.
        n_devices: Devices that share the work.

    Raises:
        ValueError: If a number is not positive, or the precision is unknown.
    """
    if n_devices < 1:
        raise ValueError(f"n_devices must be positive, got {n_devices}")
    total = weight_bytes(count_parameters(architecture).total, precision)
    kept = "float32" if precision == "float32" else "bfloat16"
    cache = 0
    if architecture.family != "bert":
        cache = kv_cache_bytes(architecture, n_tokens, batch_size, kept, n_tokens)
    return Memory(weights=ceil(total / n_devices), cache=ceil(cache / n_devices))
