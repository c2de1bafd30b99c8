"""Whole language models, one file each, composed from the layers."""

from llm_foundations.models.pretrained import load_pretrained, save_pretrained

__all__ = ["load_pretrained", "save_pretrained"]
