"""Objectives, optimizers and the loop that trains any model of token ids."""
