"""Byte-pair encoding: the tokenizer, its training, and its merging."""
