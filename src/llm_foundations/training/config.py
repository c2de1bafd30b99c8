"""The settings of a training run, checked when they are made."""

from dataclasses import dataclass

from llm_foundations.checks import check_integer, check_number
from llm_foundations.training.precision import PRECISIONS
from llm_foundations.training.schedules import SCHEDULES

OPTIMIZERS = ("muon", "adamw", "sgd")
"""The optimizers that a config can name."""


@dataclass(frozen=True)
class TrainConfig:
    """How long to train, and with which rule."""

    n_steps: int
    """Changes of the weights in the whole run."""
    optimizer: str = "muon"
    """`muon`, `adamw` or `sgd`."""
    learning_rate: float = 0.02
    """The peak; 0.02 suits Muon, about 0.003 AdamW."""
    adam_lr_ratio: float = 0.5
    """Under Muon, the learning rate of what AdamW changes, as a share of Muon's."""
    weight_decay: float = 0.0
    """The share of a matrix lost per step and unit of learning rate."""
    schedule: str = "wsd"
    """`constant`, `linear`, `cosine` or `wsd`."""
    n_warmup: int = 0
    """Steps of the rise to the peak."""
    accumulation_steps: int = 1
    """Batches whose gradients are added up before the weights change."""
    max_grad_norm: float | None = 1.0
    """Longer gradients are scaled down to this length; None for no limit."""
    precision: str = "float32"
    """`float32`, `bf16` or `fp16`."""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        _check_choice("optimizer", self.optimizer, OPTIMIZERS)
        _check_choice("schedule", self.schedule, tuple(SCHEDULES))
        _check_choice("precision", self.precision, PRECISIONS)
        check_integer("n_steps", self.n_steps)
        check_integer("accumulation_steps", self.accumulation_steps)
        check_integer("n_warmup", self.n_warmup, least=0, most=self.n_steps)
        check_number("learning_rate", self.learning_rate, above=0)
        check_number("adam_lr_ratio", self.adam_lr_ratio, above=0)
        check_number("weight_decay", self.weight_decay, least=0)
        if self.max_grad_norm is not None:
            check_number("max_grad_norm", self.max_grad_norm, above=0)


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")
