"""The Unigram tokenizer, its lattice, and its training."""
