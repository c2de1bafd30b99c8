"""N-gram models: counts, smoothing, generation."""
