"""What is saved is what Transformers loads, and what we load again."""

import shutil
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from llm_foundations.cli import model_folder
from llm_foundations.cli.model_folder import load_model, save_model

TEXT = "Once there was a fox. Where was she? In the bank."


def test_transformers_computes_the_same(trained: Path) -> None:
    model, tokenizer = load_model(trained)
    theirs = AutoModelForCausalLM.from_pretrained(trained)
    ids = AutoTokenizer.from_pretrained(trained)(TEXT, return_tensors="pt").input_ids
    assert ids[0].tolist() == tokenizer.encode_ordinary(TEXT)
    with torch.no_grad():
        torch.testing.assert_close(model(ids), theirs(ids).logits)
    end = tokenizer.special_tokens["<|endoftext|>"]
    assert theirs.generation_config.eos_token_id == end


def test_weights_are_written_in_the_precision_that_they_have(
    tmp_path: Path, trained: Path
) -> None:
    model, tokenizer = load_model(trained)
    save_model(tmp_path, model.half(), tokenizer)
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert theirs.dtype == torch.float16
    again, _ = load_model(tmp_path)
    for ours, weight in zip(again.parameters(), model.parameters(), strict=True):
        assert torch.equal(ours, weight.float())


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("model.safetensors", b"short", "header"),
        ("config.json", b"{", "Expecting property name"),
        ("config.json", b"{}", "the config lacks 'vocab_size'"),
        ("tokenizer.json", b"{", "tokenizer.json"),
    ],
)
def test_damaged_files_are_named(
    tmp_path: Path, trained: Path, name: str, content: bytes, message: str
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(trained, folder)
    (folder / name).write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        load_model(folder)
    assert str(folder) in str(caught.value)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no config\.json"):
        load_model(tmp_path)


def test_a_crash_never_mixes_two_models(
    tmp_path: Path, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(trained, folder)
    model, tokenizer = load_model(folder)

    def crash(path: Path, data: bytes) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(model_folder, "write_atomically", crash)
    with pytest.raises(OSError, match="disk is full"):
        save_model(folder, model, tokenizer)
    with pytest.raises(FileNotFoundError, match=r"no config\.json"):
        load_model(folder)
