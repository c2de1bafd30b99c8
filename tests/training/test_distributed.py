"""Several processes compute what one computes, and survive the loss of one."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from llm_foundations.training import distributed

pytestmark = pytest.mark.reads("src/", "tests/", "scripts/")

ROOT = Path(__file__).parents[2]
LONGEST = 400  # seconds; the checks need 30 of one core


@pytest.mark.processes
@pytest.mark.skipif(os.name == "nt", reason="the launcher forks")
@pytest.mark.timeout(LONGEST + 60)
def test_several_processes_compute_what_one_computes(tmp_path: Path) -> None:
    # One test, lest pytest's own workers start the processes once for each of them.
    assert reported(tmp_path) == [
        "2 processes: all_ways",
        "2 processes: story_run",
        "4 processes: two_by_two",
        "1 processes: reload",
        "3 processes: reload",
        "2 processes: killed_once",
        "without a restart: call FAILED",
    ]


def reported(folder: Path) -> list[str]:
    """Return what the checks print; any that fails ends them with its traceback."""
    command = [sys.executable, "-m", "tests.training.launch", str(folder)]
    environment = {**os.environ, "PYTHONPATH": "src", "OMP_NUM_THREADS": "1"}
    with (folder / "said").open("w") as said, (folder / "log").open("w") as log:
        # In files, since a process that outlives the launcher would keep pipes open.
        process = subprocess.Popen(
            command,
            stdout=said,
            stderr=log,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
        )
        status = end_of(process)
    lines = (folder / "said").read_text().splitlines()
    assert status == 0, f"{status=} after {lines}\n{(folder / 'log').read_text()}"
    return lines


def end_of(process: "subprocess.Popen[bytes]") -> int | None:
    """Wait, at most so long, then end all that the process has started."""
    try:
        return process.wait(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_needs_torchrun() -> None:
    with (
        pytest.raises(ValueError, match="start it with torchrun"),
        distributed.process_group(),
    ):
        pass


def test_there_are_stages_2_and_3() -> None:
    with pytest.raises(ValueError, match="stage must be 2 or 3, got 1"):
        distributed.shard(nn.Linear(2, 2), [], stage=1)


class Mesh:
    """Stands for three processes that are not there."""

    def size(self) -> int:
        return 3


def test_layers_must_split_evenly_and_be_named() -> None:
    model = nn.ModuleDict({"up_proj": nn.Linear(4, 8), "down_proj": nn.Linear(8, 4)})
    with pytest.raises(ValueError, match="up_proj: 8 does not split by 3"):
        distributed.tensor_parallel(model, Mesh())
    with pytest.raises(ValueError, match="no layer is named as one of"):
        distributed.tensor_parallel(nn.Sequential(nn.Linear(2, 2)), Mesh())


def test_bytes_of_whole_tensors() -> None:
    assert distributed.local_bytes([torch.zeros(3), torch.zeros(2, 2).double()]) == 44
