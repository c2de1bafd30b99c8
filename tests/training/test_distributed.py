"""Several processes compute what one computes, and survive the loss of one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from llm_foundations.training import distributed

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the checks print; any that fails ends them with its traceback."""
    folder = tmp_path_factory.mktemp("distributed")
    command = [sys.executable, "-m", "tests.training.distributed_checks", str(folder)]
    environment = {**os.environ, "PYTHONPATH": "src", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.processes
def test_two_processes_equal_one_in_every_way(reported: list[str]) -> None:
    assert "2 processes: all_ways" in reported


@pytest.mark.processes
def test_a_mesh_of_two_ways_equals_one_process(reported: list[str]) -> None:
    assert "4 processes: two_by_two" in reported


@pytest.mark.processes
def test_saved_on_two_goes_on_with_one_and_three(reported: list[str]) -> None:
    assert "1 process: reload" in reported
    assert "3 processes: reload" in reported


@pytest.mark.processes
def test_a_killed_process_is_restarted_and_the_run_goes_on(
    reported: list[str],
) -> None:
    assert "2 processes: killed_once" in reported


@pytest.mark.processes
def test_without_a_restart_the_job_ends_with_a_message(reported: list[str]) -> None:
    assert reported[-1] == "without a restart: killed_once FAILED"


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
