"""A trained folder that is made once; its model is as small as one can be."""

from pathlib import Path

import pytest

from llm_foundations.cli.main import main

SETTINGS = """
size = "tiny"
vocab_size = 300
d_model = 16
n_layers = 1
n_heads = 2
d_ff = 32
n_steps = 6
batch_size = 2
checkpoint_every = 2
context_length = 512
"""


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("settings") / "run.toml"
    path.write_text(SETTINGS)
    return path


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, settings: Path) -> Path:
    folder = tmp_path_factory.mktemp("run") / "model"
    assert main(["train", str(folder), "--config", str(settings)]) == 0
    return folder
