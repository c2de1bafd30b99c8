"""The generated story language: its grammar, its probabilities, and tasks."""
