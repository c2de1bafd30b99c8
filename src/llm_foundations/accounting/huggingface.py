"""From the `config.json` of a Hugging Face model to a shape that can be counted.

A config means what Transformers takes it for: a missing field has the default of its
class, and a field that changes the counts is read, or refused by name.
"""

import json
from pathlib import Path

from llm_foundations.accounting.architecture import Architecture
from llm_foundations.accounting.config_fields import Config, Fields, Settings
from llm_foundations.accounting.model_types import READERS


def load_config(path: str | Path) -> Config:
    """Load a `config.json` as it stands.

    Args:
        path: The file.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no JSON object.
    """
    try:
        config = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from error
    if not isinstance(config, dict):
        raise ValueError(f"{path} is no config: it holds a {type(config).__name__}")
    return config


def read_config(path: str | Path) -> Architecture:
    """Read the shape of a model from its `config.json`.

    Args:
        path: The file.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no JSON object, of an unknown type, or has a field that
            makes no sense or is not covered.
    """
    config = load_config(path)
    try:
        return architecture_from_config(config)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def architecture_from_config(config: Config) -> Architecture:
    """Translate the content of a `config.json`.

    Args:
        config: What the file holds; `model_type` says how to read it.

    Raises:
        ValueError: If the type is unknown, or a field makes no sense or asks for what
            is not covered.

    Examples:
        >>> gpt2 = {"n_embd": 768, "n_layer": 12, "n_head": 12, "n_positions": 1024}
        >>> shape = architecture_from_config(
        ...     {"model_type": "gpt2", "vocab_size": 50257, **gpt2}
        ... )
        >>> shape.d_ff, shape.tie_embeddings
        (3072, True)
    """
    kind = config.get("model_type")
    if not isinstance(kind, str) or kind not in READERS:
        known = ", ".join(sorted(READERS))
        raise ValueError(f"model_type {kind!r} is not known; known are {known}")
    fields = Fields(config)
    settings = _sizes(fields) | READERS[kind](fields)
    fields.refuse_unread()
    return Architecture(**settings)


def _sizes(fields: Fields) -> Settings:
    """What every type has; T5's class alone has no field for the tying."""
    is_tied = fields.model_type == "t5" or fields["tie_word_embeddings"]
    return {
        "vocab_size": fields.size("vocab_size"),
        "d_model": fields.size("hidden_size"),
        "n_layers": fields.size("num_hidden_layers"),
        "n_heads": fields.size("num_attention_heads"),
        "tie_embeddings": is_tied,
    }
