"""The parts of a transformer, each small enough to read on one screen."""
