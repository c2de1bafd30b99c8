"""Find every exercise that is declared in the package."""

import importlib
import pkgutil

from llm_foundations import exercises
from llm_foundations.exercises.exercise import Exercise


def found() -> dict[str, Exercise]:
    """Every exercise by the name of the variable that holds it."""
    prefix = f"{exercises.__name__}."
    names = [
        module.name for module in pkgutil.walk_packages(exercises.__path__, prefix)
    ]
    modules = [importlib.import_module(name) for name in names]
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Exercise)
    }


EXERCISES = found()
