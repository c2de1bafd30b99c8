"""Folders of weights: which file counts, what a save replaces, what is refused."""

import contextlib
import copy
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from llm_foundations.models.fused_gpt import fuse_qkv
from llm_foundations.models.pretrained import load_pretrained, save_pretrained
from tests.models.families import VOCAB, gpt2, llama, randomized

IDS = torch.arange(6)[None] % VOCAB
INDEX, WEIGHTS = "model.safetensors.index.json", "model.safetensors"


def sharded(folder: Path) -> tuple[nn.Module, nn.Module]:
    ours, theirs = llama()
    theirs.save_pretrained(folder, max_shard_size="3KB")
    assert (folder / INDEX).is_file()
    return ours, theirs


def their_logits(folder: Path) -> Tensor:
    return transformers.AutoModelForCausalLM.from_pretrained(folder)(IDS).logits


def test_a_model_saved_over_shards_comes_back_and_no_old_weight_stays(
    tmp_path: Path,
) -> None:
    sharded(tmp_path)
    tuned = randomized(load_pretrained(tmp_path))
    save_pretrained(tuned, tmp_path)
    assert torch.equal(load_pretrained(tmp_path)(IDS), tuned(IDS))
    torch.testing.assert_close(their_logits(tmp_path), tuned(IDS))
    kept = {"config.json", "generation_config.json", WEIGHTS}
    assert {path.name for path in tmp_path.iterdir()} == kept


def test_a_single_file_counts_before_an_index(tmp_path: Path) -> None:
    ours, theirs = sharded(tmp_path)
    save_file({n: w + 1 for n, w in theirs.state_dict().items()}, tmp_path / WEIGHTS)
    logits = load_pretrained(tmp_path)(IDS)
    torch.testing.assert_close(logits, their_logits(tmp_path))
    assert not torch.allclose(logits, ours(IDS))


def test_a_shard_may_hold_tensors_that_the_index_leaves_out(tmp_path: Path) -> None:
    ours, _ = sharded(tmp_path)
    index = json.loads((tmp_path / INDEX).read_text())
    in_use = index["weight_map"].values()
    first = {shard: name for name, shard in index["weight_map"].items()}
    index["weight_map"] = {first[shard]: shard for shard in set(in_use)}
    (tmp_path / INDEX).write_text(json.dumps(index))
    torch.testing.assert_close(load_pretrained(tmp_path)(IDS), ours(IDS))
    torch.testing.assert_close(their_logits(tmp_path), ours(IDS))


def point_to(folder: Path, shard: str) -> None:
    index = json.loads((folder / INDEX).read_text())
    name = next(iter(index["weight_map"]))
    index["weight_map"][name] = shard
    (folder / INDEX).write_text(json.dumps(index))


def disagree(folder: Path) -> None:
    shards = sorted(folder.glob("*.safetensors"))
    name, tensor = next(iter(load_file(shards[0]).items()))
    save_file(load_file(shards[-1]) | {name: tensor + 1}, shards[-1])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda f: point_to(f, "../other.safetensors"),
            r"'\.\./other.safetensors' is no",
        ),
        (
            lambda f: point_to(f, "/tmp/x.safetensors"),
            "'/tmp/x.safetensors' is no safe",
        ),
        (lambda f: point_to(f, "model.bin"), "'model.bin' is no safetensors file"),
        (lambda f: point_to(f, "model-9.safetensors"), r"model-9.* damaged or missing"),
        (lambda f: (f / INDEX).write_text("{}"), r"index.json has no weight_map"),
        (
            lambda f: (f / INDEX).write_text("[1]"),
            r"must hold a JSON object, got \[1\]",
        ),
        (lambda f: (f / INDEX).write_text("{"), r"index.json is not JSON"),
        (lambda f: (f / "config.json").write_text("{"), r"config.json is not JSON"),
        (disagree, r"and an earlier shard disagree on"),
        (lambda f: (f / "adapter_config.json").write_text("{}"), "adapters and distri"),
        (
            lambda f: (f / "shard-00000-model-00001-of-00001.safetensors").touch(),
            "shard-00000-model-00001-of-00001.*distributed checkpoints are not covered",
        ),
    ],
)
def test_a_spoilt_folder_of_shards_is_refused(
    spoil: Callable, message: str, tmp_path: Path
) -> None:
    sharded(tmp_path)
    spoil(tmp_path)
    with pytest.raises(ValueError, match=message):
        load_pretrained(tmp_path)


def test_a_folder_where_other_weights_would_win_gets_no_model(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(ValueError, match=r"adapter_config\.json: adapters"):
        save_pretrained(llama()[0], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["adapter_config.json"]


def untie(model: nn.Module) -> nn.Module:
    model.lm_head = nn.Linear(12, VOCAB, bias=False)
    return model


def adapt(model: nn.Module) -> nn.Module:
    model.blocks[0].attention.q_proj.lora = nn.Linear(2, 2)
    return model


def widen(model: nn.Module) -> nn.Module:
    model.token_embedding.weight = nn.Parameter(torch.zeros(VOCAB + 1, 12))
    return model


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (fuse_qkv, r"config: missing blocks\.0\.attention_norm\.weight; .*blocks\.1"),
        (untie, r"config: unknown lm_head\.weight"),
        (adapt, r"config: unknown blocks\.0\.attention\.q_proj\.lora\.weight"),
        (widen, r"config: token_embedding\.weight is \(38, 12\), not \(37, 12\)"),
        (
            lambda m: m.to("meta"),
            r"plain tensors are saved, not transformer\.wte.* \(meta",
        ),
    ],
)
def test_what_cannot_be_saved_whole_is_refused(
    change: Callable, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        save_pretrained(change(gpt2()[0]), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_tensors_shared_without_a_setting_are_written_one_by_one(
    tmp_path: Path,
) -> None:
    ours, _ = llama()
    ours.lm_head.weight = ours.token_embedding.weight
    save_pretrained(ours, tmp_path)
    torch.testing.assert_close(load_pretrained(tmp_path)(IDS), ours(IDS))
    torch.testing.assert_close(their_logits(tmp_path), ours(IDS))


def test_special_ids_cannot_change_the_model(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"named as eos_token_id is, got \['n_head'\]"):
        save_pretrained(gpt2()[0], tmp_path, special_ids={"n_head": 4})


def test_weights_and_config_can_be_read_by_others(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        save_pretrained(gpt2()[0], tmp_path)
    finally:
        os.umask(before)
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()
    }
    assert modes == {"config.json": 0o644, WEIGHTS: 0o644}


class Crashed(BaseException):
    pass


def crash_before(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop at the given one of the steps that change what the disk holds."""
    calls = iter(range(100))

    def stopping(real: Callable) -> Callable:
        def stop(*args: object, **kwargs: object) -> object:
            if next(calls) == step:
                raise Crashed
            return real(*args, **kwargs)

        return stop

    for owner, name in ((os, "replace"), (os, "fsync"), (Path, "unlink")):
        monkeypatch.setattr(owner, name, stopping(getattr(owner, name)))


@pytest.mark.parametrize("step", range(12))
@pytest.mark.parametrize("same", [True, False])
def test_a_crash_leaves_the_old_model_the_new_one_or_none(
    step: int, same: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, _ = llama(rope_theta=10000.0)
    save_pretrained(old, tmp_path)
    new = randomized(copy.deepcopy(old) if same else llama(rope_theta=10.0)[0])
    with monkeypatch.context() as patch:
        crash_before(step, patch)
        with contextlib.suppress(Crashed):
            save_pretrained(new, tmp_path)
    if (tmp_path / "config.json").exists():
        logits = load_pretrained(tmp_path)(IDS)
        assert torch.equal(logits, old(IDS)) or torch.equal(logits, new(IDS))
    else:
        assert not same


def test_a_full_disk_leaves_the_old_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, _ = llama()
    save_pretrained(ours, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        save_pretrained(randomized(ours), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
