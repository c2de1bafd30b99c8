"""The exercises of the lesson on datasets."""

from llm_foundations.exercises.exercise import Exercise, case

check_datasets = Exercise(
    "check_datasets",
    right=lambda x: x**2 + 1,
    cases=[case(2.0), case(3.0), case(-4.0)],
    mistakes={
        "the one is missing": lambda x: x**2,
        "that is twice x: the square is x times x": lambda x: 2 * x + 1,
        "the one is added before the square": lambda x: (x + 1) ** 2,
    },
    verdict="It squares, and adds one.",
)
"""A square and one: to be replaced."""
