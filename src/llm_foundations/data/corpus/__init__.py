"""What stands between raw text and a corpus: filters, deduplication, splits."""
