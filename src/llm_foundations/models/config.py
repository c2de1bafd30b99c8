"""What the configs share: their checks, and their translation from Hugging Face."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any


def check_fields(config: Any) -> None:  # noqa: ANN401 (any dataclass)
    """Refuse a size below 1, a dropout that is no share, and an epsilon of 0 or less.

    Args:
        config: A config whose whole numbers are all sizes.

    Raises:
        ValueError: Naming every field that cannot be, and its value.

    Examples:
        >>> from llm_foundations.models.gpt import GPTConfig
        >>> GPTConfig(n_layers=0, dropout=1.5)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ValueError: ...got n_layers=0, dropout=1.5
    """
    values = {field.name: getattr(config, field.name) for field in fields(config)}
    wrong = [
        f"{name}={value}"
        for name, value in values.items()
        if (type(value) is int and value < 1)
        or (name == "dropout" and not 0 <= value < 1)
        or (name == "norm_eps" and not value > 0)
    ]
    if wrong:
        raise ValueError(
            "sizes must be at least 1, dropout in [0, 1) and norm_eps positive, got "
            + ", ".join(wrong)
        )


def check_length(n_tokens: int, context_length: int) -> None:
    """Refuse more tokens than the model can tell apart.

    Raises:
        ValueError: With both numbers.
    """
    if n_tokens > context_length:
        raise ValueError(
            f"{n_tokens} tokens do not fit into the context of {context_length}"
        )


def translated(
    huggingface: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, Any]:
    """Rename a Hugging Face config's values to our fields.

    Args:
        huggingface: The content of a `config.json`.
        names: Our name to theirs. A value that is missing or null keeps our default.

    Raises:
        ValueError: If one of the four sizes without which there is no model is missing.

    Examples:
        >>> translated({"n_embd": 8, "n_inner": None}, {"d_ff": "n_inner"})
        {}
    """
    for ours in ("vocab_size", "d_model", "n_layers", "n_heads"):
        if ours in names and huggingface.get(names[ours]) is None:
            raise ValueError(f"the config lacks {names[ours]!r} ({ours})")
    return {
        ours: huggingface[theirs]
        for ours, theirs in names.items()
        if huggingface.get(theirs) is not None
    }


def require(huggingface: Mapping[str, Any], **expected: Any) -> None:  # noqa: ANN401
    """Refuse a Hugging Face config that asks for what our model does not do.

    Args:
        huggingface: The content of a `config.json`.
        expected: For each setting the one value that is supported. It may be missing.

    Raises:
        ValueError: Naming the settings, what they are, and what is supported.
    """
    wrong = [
        f"{name}={huggingface[name]!r} (only {value!r} is supported)"
        for name, value in expected.items()
        if name in huggingface and huggingface[name] != value
    ]
    if wrong:
        raise ValueError(f"this config is not covered: {'; '.join(wrong)}")
