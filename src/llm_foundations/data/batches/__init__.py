"""Token ids as batches: packing, windows, and a loader that can resume."""
