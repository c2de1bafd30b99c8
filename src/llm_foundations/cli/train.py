"""`llm-foundations train`: train a language model on the generated stories."""

import argparse
from pathlib import Path

import torch.distributed as dist

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
    if not dist.is_torchelastic_launched():
        return start(config, options.folder)
    # Not above: it imports PyTorch's compiler, which takes seconds.
    from llm_foundations.training.distributed import process_group

    with process_group():
        return start(config, options.folder)


def start(config: RunConfig, folder: Path) -> int:
    """Train in an unused folder; under torchrun, go on where there is such a run.

    `torchrun` starts all processes anew when one has died, with the same command.

    Args:
        config: The settings.
        folder: Where the files go.

    Raises:
        ValueError: If the folder is in use.
    """
    story_run = StoryRun(config, folder)
    goes_on = dist.is_initialized() and (folder / "run.json").exists()
    if goes_on and RunConfig.load(folder) != config:
        raise ValueError(f"{folder} holds a run with other settings")
    if not goes_on and story_run.is_first:
        _check_unused(folder)
    trainer = story_run.trainer()
    if goes_on and story_run.last.exists():
        print(story_run.resume(trainer))
    if story_run.is_first:
        config.save(folder)
    return fit(story_run, trainer)


def _check_unused(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(
            f"{folder} is not empty; choose another folder, or go on with "
            f"llm-foundations resume {folder}"
        )


def fit(story_run: StoryRun, trainer: Trainer) -> int:
    """Train to the end; when interrupted, say how to go on."""
    try:
        story_run.fit(trainer)
    except KeyboardInterrupt:
        print(f"\nstopped; go on with: llm-foundations resume {story_run.folder}")
        return 130
    return 0
