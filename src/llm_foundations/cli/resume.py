"""`llm-foundations resume`: go on with a run that was stopped or killed."""

import argparse
from pathlib import Path

from llm_foundations.cli.run_config import RunConfig
from llm_foundations.cli.story_run import StoryRun
from llm_foundations.cli.train import fit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `resume` takes."""
    parser.add_argument("folder", type=Path, help="the folder of the run")


def run(options: argparse.Namespace) -> int:
    """Go on from the last checkpoint, as if the run had never stopped.

    Raises:
        ValueError: If a file of the run is damaged.
        OSError: If there is no run, or no checkpoint yet.
    """
    story_run = StoryRun(RunConfig.load(options.folder), options.folder)
    if not story_run.last.exists():
        raise FileNotFoundError(f"no checkpoint yet in {story_run.last.parent}")
    trainer = story_run.trainer()
    print(story_run.resume(trainer))
    return fit(story_run, trainer)
