"""From the `config.json` of a Hugging Face model to a shape that can be counted.

A field that Transformers itself would fill with a default, such as
`tie_word_embeddings`, may be missing; a size may not.
"""

import json
from pathlib import Path

from llm_foundations.accounting import config_classic, config_rotary
from llm_foundations.accounting.architecture import Architecture
from llm_foundations.accounting.config_fields import Config, Settings, get, need

READERS = {**config_classic.READERS, **config_rotary.READERS}
"""Each known `model_type` and the function that reads it."""

TIED = {
    *("openai-gpt", "gpt2", "opt", "bloom", "falcon", "smollm3", "t5", "bart"),
    *("gemma", "gemma2", "gemma3_text"),
    *("bert", "roberta", "xlm-roberta", "albert", "distilbert"),
}
"""The types that tie head and embedding unless the config says otherwise."""


def read_config(path: str | Path) -> Architecture:
    """Read the shape of a model from its `config.json`.

    Args:
        path: The file.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no JSON object, of an unknown type, or lacks a field.
    """
    try:
        config = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from error
    if not isinstance(config, dict):
        raise ValueError(f"{path} is no config: it holds a {type(config).__name__}")
    try:
        return architecture_from_config(config)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def architecture_from_config(config: Config) -> Architecture:
    """Translate the content of a `config.json`.

    Args:
        config: What the file holds; `model_type` says how to read it.

    Raises:
        ValueError: If the type is unknown, or a field is missing or makes no sense.

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
    return Architecture(**_sizes(config), **READERS[kind](config))


def _sizes(config: Config) -> Settings:
    is_tied = config["model_type"] in TIED
    return {
        "vocab_size": need(config, "vocab_size"),
        "d_model": need(config, "hidden_size", "n_embd", "n_embed", "d_model", "dim"),
        "n_layers": need(
            config,
            *("num_hidden_layers", "n_layer", "n_layers"),
            *("num_layers", "encoder_layers"),
        ),
        "n_heads": need(
            config,
            *("num_attention_heads", "n_head", "n_heads"),
            *("num_heads", "encoder_attention_heads"),
        ),
        "tie_embeddings": get(config, "tie_word_embeddings", is_tied),
    }
