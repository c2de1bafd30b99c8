"""The settings of `llm-foundations train`: defaults, a TOML file, what is refused."""

import json
import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from llm_foundations.checks import check_integer, check_number
from llm_foundations.files import write_atomically


@dataclass(frozen=True)
class RunConfig:
    """A run on the generated stories. The defaults are the quick start's."""

    size: str = "small"
    """The language: `tiny`, `small` or `large`."""
    vocab_size: int = 1024
    """Tokens, the two special ones among them."""
    context_length: int = 384
    """The most tokens that the model can read."""
    d_model: int = 96
    """Width of each position's vector."""
    n_layers: int = 2
    """Blocks that follow each other."""
    n_heads: int = 3
    """Heads of each attention layer."""
    d_ff: int = 192
    """Width inside the feed-forward layers."""
    attention_bias: bool = True
    """Whether queries, keys, values and results have biases: copying comes earlier."""
    tie_embeddings: bool = False
    """Whether the head shares its table with the embedding: fewer weights."""
    n_steps: int = 1700
    """Changes of the weights."""
    batch_size: int = 8
    """Documents a step; each is read once."""
    learning_rate: float = 0.01
    """The peak; the optimizer is Muon, the schedule warm-up, stable, decay."""
    adam_lr_ratio: float = 2.0
    """The peak for tables, norms and biases, which AdamW changes, as a share of it."""
    precision: str = "float32"
    """`float32` or `bf16`: faster for wider models, where the processor has it."""
    checkpoint_every: int = 50
    """At most this many steps are lost when the process dies."""
    seed: int = 0
    """Of the first weights and of the order of the documents."""

    def __post_init__(self) -> None:
        """Refuse a value of the wrong type or out of range."""
        for field in fields(self):
            value = getattr(self, field.name)
            if type(value) is not field.type:
                wanted = getattr(field.type, "__name__", field.type)
                raise ValueError(f"{field.name} must be {wanted}, got {value!r}")
            if field.type is int and field.name != "seed":
                check_integer(field.name, value)
            if field.type is float:
                check_number(field.name, value, above=0)
        check_seed(self.seed)

    @classmethod
    def read(cls, path: Path | None, **changes: str | int | None) -> "RunConfig":
        """Return the defaults, changed by a TOML file and then by single settings.

        Args:
            path: The file; None for no file.
            changes: Settings by name; None leaves a setting as it is.

        Raises:
            OSError: If the file cannot be read.
            ValueError: If it is no TOML, or names a setting that there is not.
        """
        settings: dict[str, Any] = {}
        if path is not None:
            try:
                settings = tomllib.loads(path.read_text(encoding="utf-8"))
            except ValueError as error:
                raise ValueError(f"{path}: {error}") from None
        return cls.checked(settings, **changes)

    @classmethod
    def checked(
        cls, settings: dict[str, Any], **changes: str | int | None
    ) -> "RunConfig":
        """Return the defaults, changed by name; refuse names that there are not."""
        known = [field.name for field in fields(cls)]
        for name in settings:
            if name not in known:
                raise ValueError(f"no setting {name!r}; there are {', '.join(known)}")
        given = {name: value for name, value in changes.items() if value is not None}
        return cls(**{**settings, **given})

    def save(self, folder: Path) -> None:
        """Write the settings to `run.json` in a folder."""
        text = json.dumps(asdict(self), indent=2) + "\n"
        write_atomically(folder / "run.json", text.encode())

    @classmethod
    def load(cls, folder: Path) -> "RunConfig":
        """Read the settings of a run.

        Raises:
            FileNotFoundError: If the folder holds no run.
            ValueError: If the file is damaged.
        """
        path = folder / "run.json"
        if not path.exists():
            raise FileNotFoundError(f"{folder} holds no run: there is no {path}")
        try:
            return cls.checked(json.loads(path.read_text(encoding="utf-8")))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None


def check_seed(seed: int) -> None:
    """Raise an error for a seed that PyTorch's generators do not take.

    Raises:
        ValueError: If the seed does not fit into 64 bits.
    """
    check_integer("seed", seed, least=-(2**63), most=2**63 - 1)
