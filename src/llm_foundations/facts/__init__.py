"""Published models and results as data: every number with its source."""

from llm_foundations.facts.comparison import compare_architectures
from llm_foundations.facts.models import (
    PublishedModel,
    find_model,
    models_frame,
    published_models,
)
from llm_foundations.facts.results import (
    PublishedResult,
    find_result,
    published_results,
    results_frame,
)

__all__ = [
    "PublishedModel",
    "PublishedResult",
    "compare_architectures",
    "find_model",
    "find_result",
    "models_frame",
    "published_models",
    "published_results",
    "results_frame",
]
