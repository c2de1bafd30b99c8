"""The generated language and its entropy, corpora, batches."""
