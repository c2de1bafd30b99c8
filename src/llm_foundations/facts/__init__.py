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
    sizes_and_scores,
)
from llm_foundations.facts.timeline import (
    family_of,
    largest_so_far,
    plot_sizes,
    plot_token_ratios,
    plot_training_flops,
)

__all__ = [
    "PublishedModel",
    "PublishedResult",
    "compare_architectures",
    "family_of",
    "find_model",
    "find_result",
    "largest_so_far",
    "models_frame",
    "plot_sizes",
    "plot_token_ratios",
    "plot_training_flops",
    "published_models",
    "published_results",
    "results_frame",
    "sizes_and_scores",
]
