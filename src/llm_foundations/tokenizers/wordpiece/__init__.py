"""The WordPiece tokenizer and its training."""
