"""The exercises of the lessons on text."""
