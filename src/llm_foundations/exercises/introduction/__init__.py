"""The exercises of the lessons on introduction."""
