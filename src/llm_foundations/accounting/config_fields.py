"""Reading one field of a Hugging Face config, and saying which one is missing."""

from collections.abc import Mapping
from typing import Any

Config = Mapping[str, Any]
Settings = dict[str, Any]


def need(config: Config, *names: str) -> Any:  # noqa: ANN401 - JSON holds anything
    """Return the first of some fields that the config has.

    Args:
        config: The content of a `config.json`.
        names: What different families call the same field.

    Raises:
        ValueError: If there is none of them.

    Examples:
        >>> need({"model_type": "llama"}, "hidden_size")
        Traceback (most recent call last):
        ValueError: the config of a llama lacks 'hidden_size'
    """
    for name in names:
        if config.get(name) is not None:
            return config[name]
    wanted = " or ".join(repr(name) for name in names)
    raise ValueError(f"the config of a {config['model_type']} lacks {wanted}")


def get(config: Config, name: str, default: Any) -> Any:  # noqa: ANN401
    """Return a field, or the default if it is missing or null."""
    value = config.get(name)
    return default if value is None else value
