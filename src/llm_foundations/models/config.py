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


# What a model of ours never has. A config asks for it with any other value than these.
_NOT_COVERED = (
    "quantization_config",
    "pruned_heads",
    "per_layer_config",
    "transformers_weights",
    "tie_encoder_decoder",
)


def canonical(
    huggingface: Mapping[str, Any], aliases: Mapping[str, str]
) -> dict[str, Any]:
    """Give each setting its own name where the config uses another name for it.

    Args:
        huggingface: The content of a `config.json`.
        aliases: The other names, and what each stands for.

    Raises:
        ValueError: If a setting stands there twice, with two values.

    Examples:
        >>> canonical({"num_attention_heads": 3}, {"num_attention_heads": "n_head"})
        {'n_head': 3}
    """
    config = {n: value for n, value in huggingface.items() if n not in aliases}
    for alias, name in aliases.items():
        if alias in huggingface:
            value = huggingface[alias]
            if config.setdefault(name, value) != value:
                raise ValueError(
                    f"{name}={config[name]!r} contradicts {alias}={value!r}"
                )
    return config


def translated(
    huggingface: Mapping[str, Any],
    names: Mapping[str, str],
    defaults: Mapping[str, Any],
) -> dict[str, Any]:
    """Rename a Hugging Face config's values to our fields.

    Args:
        huggingface: The content of a `config.json`.
        names: Our name to theirs.
        defaults: For each of theirs but the four main sizes, the value that
            Transformers assumes where the config is silent. None stands for a whole
            number that follows from others: then null is allowed, and our field keeps
            its default.

    Raises:
        ValueError: If one of the four sizes without which there is no model is missing,
            or if a value is null or of another type than its default.

    Examples:
        >>> translated({"eps": 1}, {"d_ff": "n_inner", "norm_eps": "eps"},
        ...            {"n_inner": None, "eps": 1e-5})
        {'norm_eps': 1}
    """
    for ours in ("vocab_size", "d_model", "n_layers", "n_heads"):
        if ours in names and huggingface.get(names[ours]) is None:
            raise ValueError(f"the config lacks {names[ours]!r} ({ours})")
    values = {}
    for ours, theirs in names.items():
        default = defaults.get(theirs, 1)
        value = huggingface.get(theirs, default)
        if value is not None or default is not None:
            values[ours] = typed(theirs, value, default)
    return values


def typed(name: str, value: Any, example: Any) -> Any:  # noqa: ANN401 (JSON has any)
    """Return a setting if it is of the kind of an example: bool, float or whole number.

    Args:
        name: The setting, for the message.
        value: Its value.
        example: A bool or a float; anything else stands for a whole number.

    Raises:
        ValueError: If it is of another kind. A whole number is a float too.
    """
    kind = type(example) if isinstance(example, bool | float) else int
    allowed = (int, float) if kind is float else (kind,)
    if type(value) not in allowed:
        raise ValueError(f"{name} must be of type {kind.__name__}, got {value!r}")
    return value


def require(huggingface: Mapping[str, Any], **expected: Any) -> None:  # noqa: ANN401
    """Refuse a Hugging Face config that asks for what our model does not do.

    Args:
        huggingface: The content of a `config.json`.
        expected: For each setting the one value that is supported. It may be missing.
            Settings that no model here has, such as `quantization_config`, are refused
            in any case.

    Raises:
        ValueError: Naming the settings, what they are, and what is supported.
    """
    wrong = [
        f"{name}={huggingface[name]!r} (only {value!r} is supported)"
        for name, value in expected.items()
        if name in huggingface and huggingface[name] != value
    ]
    wrong += [
        f"{name}={huggingface[name]!r} (none is supported)"
        for name in _NOT_COVERED
        if huggingface.get(name)
    ]
    if wrong:
        raise ValueError(f"this config is not covered: {'; '.join(wrong)}")
