"""`llm-foundations train`: train a language model on the generated stories."""

import argparse
from pathlib import Path

from llm_foundations.cli.run_config import RunConfig
from llm_foundations.cli.story_run import StoryRun
from llm_foundations.training.loop import Trainer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `train` takes."""
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path("quick-start"),
        help="where the model and its figure go (default: quick-start)",
    )
    parser.add_argument("--config", type=Path, help="a TOML file of settings")
    parser.add_argument("--steps", type=int, help="how often the weights change")
    parser.add_argument("--seed", type=int, help="of weights and order")
    parser.add_argument("--precision", help="float32 (default) or bf16")


def run(options: argparse.Namespace) -> int:
    """Train, and write the folder.

    Raises:
        ValueError: If a setting cannot be, or the folder is in use.
        OSError: If a file cannot be read or written.
    """
    config = RunConfig.read(
        options.config,
        n_steps=options.steps,
        seed=options.seed,
        precision=options.precision,
    )
    folder: Path = options.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(
            f"{folder} is not empty; choose another folder, or go on with "
            f"llm-foundations resume {folder}"
        )
    story_run = StoryRun(config, folder)
    trainer = story_run.trainer()
    config.save(folder)
    return fit(story_run, trainer)


def fit(story_run: StoryRun, trainer: Trainer) -> int:
    """Train to the end; when interrupted, say how to go on."""
    try:
        story_run.fit(trainer)
    except KeyboardInterrupt:
        print(f"\nstopped; go on with: llm-foundations resume {story_run.folder}")
        return 130
    return 0
