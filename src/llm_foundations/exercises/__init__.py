"""Exercises as data: each says what is right, or names the mistake."""
