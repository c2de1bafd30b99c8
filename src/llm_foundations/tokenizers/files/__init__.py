"""Tokenizers from and to `tokenizer.json`."""
