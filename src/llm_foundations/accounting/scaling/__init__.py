"""Scaling laws: loss as a function of size and data, and what to plan from it."""
