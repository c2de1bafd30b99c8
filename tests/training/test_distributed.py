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

from llm_foundations.layers.multi_head_attention import MultiHeadAttention
from llm_foundations.training import distributed
from llm_foundations.training.objectives.language_modeling import cross_entropy

pytestmark = pytest.mark.unseen

ROOT = Path(__file__).parents[2]
LONGEST = 400  # seconds; the checks need 30 of one core


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


def attention(n_heads: int, n_kv_heads: int) -> nn.Module:
    return MultiHeadAttention(12 * n_heads, n_heads, n_kv_heads)


def with_fused_qkv() -> nn.Module:
    return nn.ModuleDict({"qkv_proj": nn.Linear(6, 18), "o_proj": nn.Linear(6, 6)})


def with_adapter() -> nn.Module:
    model = attention(3, 3)
    model.k_proj = nn.Sequential(model.k_proj)
    return model


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (attention(6, 1), "k_proj: 1 heads do not split by 3"),
        (attention(6, 2), "k_proj: 2 heads do not split by 3"),
        (attention(4, 4), "q_proj: 4 heads do not split by 3"),
        (with_fused_qkv(), r"no \['k_proj', 'q_proj', 'v_proj'\]"),
        (
            nn.Sequential(with_fused_qkv()),
            r"no \['0\.k_proj', '0\.q_proj', '0\.v_proj'",
        ),
        (nn.ModuleDict({"up_proj": nn.Linear(6, 6)}), r"no \['down_proj'\]"),
        (nn.ModuleDict({"down_proj": nn.Linear(6, 6)}), r"no \['up_proj'\]"),
        (
            with_adapter(),
            r"k_proj is no whole nn\.Linear that can be cut, but Sequential",
        ),
    ],
)
def test_what_cannot_be_cut_is_refused_before_anything_is(
    model: nn.Module, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        distributed.tensor_parallel(model, Mesh())
    assert all(type(weight) is nn.Parameter for weight in model.parameters())


def test_what_is_sharded_is_part_of_the_model_and_shared_by_no_two() -> None:
    first, second = nn.Linear(2, 2), nn.Linear(2, 2)
    with pytest.raises(ValueError, match=r"blocks \[1\] are no parts of the model"):
        distributed.shard(nn.Sequential(first), [first, second])
    second.weight = first.weight
    with pytest.raises(ValueError, match="parts 0 and 1 share a parameter, weight"):
        distributed.shard(nn.Sequential(first, second), [first, second])


def test_stages_of_a_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributed.dist, "get_rank", lambda: 0)
    monkeypatch.setattr(distributed.dist, "get_world_size", lambda: 2)
    first, second = nn.Linear(2, 2), nn.Linear(2, 2)

    def refused(message: str, *stages: nn.Module, n: int = 2, kind: str = "1f1b"):
        with pytest.raises(ValueError, match=message):
            distributed.pipeline_parallel(stages, cross_entropy, n, kind)

    refused("1 stages for 2 processes", first)
    refused("schedule must be gpipe or 1f1b, got 'x'", first, second, kind="x")
    refused("n_microbatches=1 is too few for 2 stages", first, second, n=1)
    refused("n_microbatches=0 is too few", first, second, n=0, kind="gpipe")
    refused(r"stages \[1\] have no parameters", first, nn.ReLU())
    second.weight = first.weight
    refused("parts 0 and 1 share a parameter, weight", first, second)


def test_layers_must_split_evenly_and_be_named() -> None:
    model = nn.ModuleDict({"up_proj": nn.Linear(4, 8), "down_proj": nn.Linear(8, 4)})
    with pytest.raises(ValueError, match="up_proj: 8 does not split by 3"):
        distributed.tensor_parallel(model, Mesh())
    with pytest.raises(ValueError, match="no layer is named as one of"):
        distributed.tensor_parallel(nn.Sequential(nn.Linear(2, 2)), Mesh())


def test_bytes_of_whole_tensors() -> None:
    assert distributed.local_bytes([torch.zeros(3), torch.zeros(2, 2).double()]) == 44
