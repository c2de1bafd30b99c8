"""Whole language models, one file each, composed from the layers."""
