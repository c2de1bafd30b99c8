"""Whole language models, one file each, composed from the layers."""

from typing import Any


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Offer `load_pretrained` and `save_pretrained` here, imported when first used."""
    if name in ("load_pretrained", "save_pretrained"):
        from llm_foundations.models import pretrained

        return getattr(pretrained, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
