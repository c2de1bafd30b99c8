"""The launch files are what their page shows, and torchrun understands them."""

import re
import shlex
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from torch.distributed.run import get_args_parser

from llm_foundations.cli.main import VERBS
from scripts.tools.pages import DOCS, Page

PAGE = Page.read(DOCS / "about" / "several_machines.md")
SLURM = (DOCS / "assets" / "launch" / "slurm.sh").read_text()
KUBERNETES = (DOCS / "assets" / "launch" / "kubernetes.yaml").read_text()
SERVICE, JOB = yaml.safe_load_all(KUBERNETES)


def pod() -> dict[str, Any]:
    return JOB["spec"]["template"]["spec"]


def commands() -> dict[str, list[str]]:
    """How each launch starts torchrun, in words."""
    (console,) = [f.text for f in PAGE.fences if f.info == "console"]
    (srun,) = re.findall(r"^srun (torchrun (?:.*\\\n)*.*)$", SLURM, re.M)
    return {
        "console": shlex.split(console),
        "slurm": shlex.split(srun.replace("\\\n", " ")),
        "kubernetes": pod()["containers"][0]["command"],
    }


@pytest.mark.parametrize(
    ("info", "text"), [("text", SLURM), ("yaml", KUBERNETES)], ids=["slurm", "k8s"]
)
def test_the_page_shows_the_file(info: str, text: str) -> None:
    (shown,) = [fence.text for fence in PAGE.fences if fence.info == info]
    assert shown.rstrip() == text.rstrip()


@pytest.mark.parametrize("name", ["console", "slurm", "kubernetes"])
def test_torchrun_reads_the_command(name: str) -> None:
    program, *words = commands()[name]
    options = get_args_parser().parse_args(words)
    assert program == "torchrun"
    assert options.no_python
    assert options.training_script == "llm-foundations"
    verb, folder = options.training_script_args
    assert verb in VERBS
    assert folder.endswith("stories")
    assert options.standalone or options.rdzv_backend == "c10d"


def test_the_shell_reads_the_slurm_file(tmp_path) -> None:
    path = tmp_path / "slurm.sh"
    path.write_text(SLURM)
    done = subprocess.run([shutil.which("bash") or "sh", "-n", path], check=False)
    assert done.returncode == 0
    lines = SLURM.splitlines()
    last = max(n for n, line in enumerate(lines) if line.startswith("#SBATCH"))
    # sbatch stops looking at the first command.
    assert all(line.startswith("#") for line in lines[: last + 1])


def test_the_pods_meet_at_the_first_of_them() -> None:
    name, spec = JOB["metadata"]["name"], JOB["spec"]
    assert spec["completionMode"] == "Indexed"
    assert pod()["subdomain"] == SERVICE["metadata"]["name"]
    assert SERVICE["spec"]["selector"] == {"job-name": name}
    command = commands()["kubernetes"]
    assert f"--rdzv-endpoint={name}-0.{pod()['subdomain']}:29500" in command
    assert f"--nnodes={spec['completions']}" in command
    assert spec["parallelism"] == spec["completions"]


def test_the_results_go_to_the_shared_volume() -> None:
    (mount,) = pod()["containers"][0]["volumeMounts"]
    assert commands()["kubernetes"][-1].startswith(mount["mountPath"] + "/")
    assert [volume["name"] for volume in pod()["volumes"]] == [mount["name"]]
