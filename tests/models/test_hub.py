"""A name on the hub loads as it stands, beside Transformers, or is refused clearly.

By default the hub is a stand-in on this machine; `pytest -m hub` asks the real one.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.models.hub import serving, write_repositories

pytestmark = pytest.mark.unseen

ROOT = Path(__file__).parents[2]
CLIENT = "tests.models.hub_client"
REFUSED = ["no/such-model", "someone/no-weights", "someone/cut-off"]


def asked(tasks: list[str], home: Path, **environment: str) -> dict:
    """Run the tasks in a fresh process, with a cache of its own and no account."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    settings = {"HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
    settings |= {"NO_PROXY": "127.0.0.1", "PYTHONPATH": "src"}
    done = subprocess.run(
        [sys.executable, "-m", CLIENT, *tasks],
        cwd=ROOT,
        env=inherited | settings | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("hub")
    write_repositories(folder / "repositories")
    with serving(folder / "repositories") as address:
        tasks = ["bert", "gpt2", *REFUSED]
        answers = asked(tasks, folder / "home", HF_ENDPOINT=address)
    stored = (folder / "home").rglob("*cut-off/snapshots/*/*")
    return answers | {"stored": sorted(path.name for path in stored)}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return asked(["bert", "gpt2", REFUSED[0]], tmp_path_factory.mktemp("home"))


@pytest.fixture(params=["stand_in", pytest.param("real", marks=pytest.mark.hub)])
def hub(request: pytest.FixtureRequest) -> dict:
    return request.getfixturevalue(request.param)


def test_bert_reads_a_sentence_as_transformers_does(hub: dict) -> None:
    sentence = "[CLS] he went to the bank to deposit money . [SEP]"
    assert hub["bert"]["tokens"] == sentence.split()
    assert hub["bert"]["shape"][:2] == [1, 11]
    assert hub["bert"]["gap"] < 1e-5


def test_gpt2_writes_what_transformers_writes(hub: dict) -> None:
    assert hub["gpt2"]["text"] == "The bank"
    assert hub["gpt2"]["ours"] == hub["gpt2"]["theirs"]


def test_a_missing_repository_is_named(hub: dict) -> None:
    start = "FileNotFoundError: 'no/such-model' is no folder here, and no hub gave it: "
    assert hub["no/such-model"].startswith(start)
    assert "401 Client Error" in hub["no/such-model"]
    assert "Repository Not Found for url: " in hub["no/such-model"]


def test_a_missing_file_is_named(stand_in: dict) -> None:
    assert stand_in["someone/no-weights"] == (
        "ValueError: 'someone/no-weights' offers no config.json with model.safetensors"
    )


def test_a_cut_off_download_is_refused_and_nothing_of_it_stays(stand_in: dict) -> None:
    start = "FileNotFoundError: 'someone/cut-off' is no folder here, and no hub gave it"
    assert stand_in["someone/cut-off"].startswith(start)
    assert stand_in["stored"] == ["config.json"]
