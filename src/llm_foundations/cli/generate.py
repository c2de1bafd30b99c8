"""`llm-foundations generate`: let a trained model write stories."""

import argparse
from pathlib import Path

from llm_foundations.cli.model_folder import load_model
from llm_foundations.cli.report import write_samples


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `generate` takes."""
    parser.add_argument("folder", type=Path, help="the folder of a trained model")
    parser.add_argument("--prompt", default="", help="how each story begins")
    parser.add_argument("--samples", type=int, default=1, help="how many stories")
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)


def run(options: argparse.Namespace) -> int:
    """Print the samples, one a line.

    Raises:
        ValueError: If an argument cannot be, or a file is damaged.
        OSError: If the folder holds no trained model.
    """
    if options.samples < 1:
        raise ValueError(f"--samples must be at least 1, got {options.samples}")
    model, tokenizer = load_model(options.folder)
    prompts = [options.prompt] * options.samples
    texts = write_samples(
        model, tokenizer, prompts, temperature=options.temperature, seed=options.seed
    )
    print("\n".join(texts))
    return 0
