"""Run the checks over several processes: `python -m tests.training.launch FOLDER`.

The launcher is torchrun's own engine. A server that has imported PyTorch and done
nothing else forks the processes, so it is imported once for all of them. A fork of
the launcher itself would inherit its signal handlers, whose Python code cannot run
while a process waits in C++, and the locks that the launcher's threads held.
"""

import importlib
import multiprocessing
import sys
from pathlib import Path

from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

CHECKS = "tests.training.distributed_checks"


def call(name: str, arguments: tuple[object, ...]) -> None:
    """Run a check in one of the processes."""
    getattr(importlib.import_module(CHECKS), name)(*arguments)


def launch(n: int, name: str, *arguments: object, max_restarts: int = 0) -> None:
    """Do what `torchrun --standalone --nproc-per-node=N` does, without new imports."""
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=n,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        local_addr="localhost",
        run_id="checks",
        start_method="forkserver",
        max_restarts=max_restarts,
        monitor_interval=0.05,
    )
    elastic_launch(config, call)(name, arguments)
    say(f"{n} processes: {name}")


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def main(folder: Path) -> None:
    multiprocessing.set_forkserver_preload([CHECKS])
    launch(2, "all_ways", folder)
    launch(2, "story_run", folder)
    launch(4, "two_by_two")
    launch(1, "reload", folder)
    launch(3, "reload", folder)
    launch(2, "killed_once", folder, max_restarts=1)
    (folder / "killed.safetensors").unlink()
    try:
        launch(2, "killed_once", folder)
    except ChildFailedError as error:
        # Named as the first to fail is the killed process, or the one that missed it.
        failed = [line for line in str(error).splitlines() if "FAILED" in line]
        say(f"without a restart: {failed[0]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
