"""`llm-foundations evaluate`: measure a trained model against the floor."""

import argparse
import math
from pathlib import Path

from llm_foundations.cli import report
from llm_foundations.cli.model_folder import load_model
from llm_foundations.cli.run_config import RunConfig
from llm_foundations.cli.story_run import N_DOCUMENTS, N_SAMPLES, legal_line
from llm_foundations.data.stories.language import Language


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `evaluate` takes."""
    parser.add_argument("folder", type=Path, help="the folder of a trained model")
    parser.add_argument("--documents", type=int, default=N_DOCUMENTS)
    parser.add_argument("--samples", type=int, default=N_SAMPLES)


def run(options: argparse.Namespace) -> int:
    """Print loss, floor, excess, perplexity and the share of legal samples.

    Raises:
        ValueError: If an argument cannot be, or a file is damaged.
        OSError: If the folder holds no trained model.
    """
    for name, least in (("documents", 2), ("samples", 1)):
        value = getattr(options, name)
        if value < least:
            raise ValueError(f"--{name} must be at least {least}, got {value}")
    model, tokenizer = load_model(options.folder)
    language = Language(RunConfig.load(options.folder).size)  # type: ignore[arg-type]
    result = report.measure(model, tokenizer, language, options.documents)
    others = {
        "perplexity": f"{math.exp(result.loss):.3f} tokens",
        "legal": legal_line(model, tokenizer, language, options.samples),
    }
    print(report.lines(result, others))
    return 0
