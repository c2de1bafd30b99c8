"""Reading one field of a Hugging Face config, and saying which one is missing."""

from collections.abc import Mapping
from typing import Any

Config = Mapping[str, Any]
"""The content of a `config.json`."""
Settings = dict[str, Any]
"""Arguments of `Architecture`."""


def need(config: Config, *names: str) -> int:
    """Return the size in the first of some fields that the config has.

    Args:
        config: The content of a `config.json`.
        names: What different families call the same field.

    Raises:
        ValueError: If there is none of them, or it is no whole number.

    Examples:
        >>> need({"model_type": "llama"}, "hidden_size")
        Traceback (most recent call last):
        ValueError: the config of a llama lacks 'hidden_size'
    """
    for name in names:
        value = config.get(name)
        if value is not None:
            if not isinstance(value, int) or isinstance(value, bool):
                raise ValueError(f"{name!r} must be a whole number, got {value!r}")
            return value
    wanted = " or ".join(repr(name) for name in names)
    raise ValueError(f"the config of a {config['model_type']} lacks {wanted}")


def get(config: Config, name: str, default: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a field, or the default if it is missing or null."""
    value = config.get(name)
    return default if value is None else value
