"""Models from and to folders and hubs, in the layout that Transformers reads.

Weights are safetensors, never pickles: unpickling a file runs the code in it.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from llm_foundations.files import write_atomically
from llm_foundations.models.bert import SequenceClassifier, TokenClassifier
from llm_foundations.models.config import typed
from llm_foundations.models.conversion import (
    FAMILIES,
    family_of,
    load_huggingface,
    to_huggingface,
)
from llm_foundations.models.t5 import T5Config

CONFIG, WEIGHTS, INDEX = (
    "config.json",
    "model.safetensors",
    "model.safetensors.index.json",
)
ADAPTER = "adapter_config.json"
"""Present in a folder that holds an adapter, which is no whole model."""
_SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")
_DISTRIBUTED = re.compile(r"shard-\d{5}-model-\d{5}-of-\d{5}\.safetensors")
ARCHITECTURES = {name: family for family in FAMILIES for name in family.architectures}
"""The class names in `config.json`, and the family of each."""


def load_pretrained(name_or_folder: str | os.PathLike[str]) -> nn.Module:
    """Load a checkpoint of GPT-2, Llama, Mistral, BLOOM, JAIS, BERT or T5.

    Where a folder holds both `model.safetensors` and an index of shards, the single
    file counts, as it does for Transformers.

    Args:
        name_or_folder: A folder with `config.json` and safetensors, or a name on the
            Hugging Face hub, such as `openai-community/gpt2`.

    Returns:
        The model, in evaluation mode and in float32.

    Raises:
        FileNotFoundError: If neither a folder nor a hub has it.
        ValueError: If the architecture is not covered, the weights do not fit, are
            damaged, or are offered as a pickle alone.
    """
    folder = Path(name_or_folder)
    if not folder.is_dir():
        folder = _downloaded(os.fspath(name_or_folder))
    config = _read_json(folder / CONFIG)
    weights = _read_weights(folder)
    model = _new_model(config, weights)
    load_huggingface(model, weights)
    return model.eval()


def save_pretrained(
    model: nn.Module,
    folder: str | os.PathLike[str],
    special_ids: Mapping[str, int] | None = None,
) -> None:
    """Write the model so that Transformers' `from_pretrained` loads it.

    The weights of an older checkpoint in the folder are replaced, its shards and their
    index removed. A failure leaves the older checkpoint as it was; a crash leaves the
    older one, the new one, or a folder without `config.json`, never a mixture.

    Args:
        model: One of a family in
            [`FAMILIES`][llm_foundations.models.conversion.FAMILIES].
        folder: Made if it is not there. Other files in it stay as they are.
        special_ids: Such as `{"eos_token_id": 2}`; those not given are none.

    Raises:
        TypeError: If the model is of no such family; then nothing is written.
        ValueError: If not all of its weights can be written, if the folder holds
            weights that Transformers would load in their place, or if a name in
            `special_ids` is not that of a token; then nothing is written.
    """
    weights = to_huggingface(model)
    _check_plain(weights)
    config = _config_of(model, special_ids or {})
    _refuse_other_weights(Path(folder))
    files = {
        WEIGHTS: save(weights, {"format": "pt"}),
        CONFIG: f"{json.dumps(config, indent=2)}\n".encode(),
    }
    _replace_together(Path(folder), files)
    for file in Path(folder).iterdir():
        if file.name == INDEX or _SHARD.fullmatch(file.name):
            file.unlink()


def _config_of(model: nn.Module, special_ids: Mapping[str, int]) -> dict[str, Any]:
    """Return the content of the `config.json` of a model."""
    wrong = [name for name in special_ids if not name.endswith("_token_id")]
    if wrong:
        raise ValueError(f"special_ids are named as eos_token_id is, got {wrong}")
    config: Any = cast(Any, model.config).to_huggingface()
    none = dict.fromkeys(("bos_token_id", "eos_token_id", "pad_token_id"))
    architectures = family_of(model).architectures.items()
    names = [name for name, model_class in architectures if model_class is type(model)]
    config = {"architectures": names[:1], **config, **none, **special_ids}
    if isinstance(model, SequenceClassifier | TokenClassifier):
        labels = range(model.classifier.out_features)
        config["id2label"] = {str(i): f"LABEL_{i}" for i in labels}
        config["label2id"] = {f"LABEL_{i}": i for i in labels}
    return dict(config)


def _check_plain(weights: Mapping[str, Tensor]) -> None:
    """Refuse weights of which this process does not hold the plain values."""
    wrong = [
        f"{name} ({'meta' if tensor.is_meta else type(tensor).__name__})"
        for name, tensor in weights.items()
        if tensor.is_meta or type(tensor) is not Tensor
    ]
    if wrong:
        raise ValueError(f"only whole, plain tensors are saved, not {', '.join(wrong)}")


def _replace_together(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put weights and config in place so that old ones never meet new ones.

    All is written under other names first. Then a config that is going to change is
    removed before the weights change, so that a crash in between leaves a folder that
    does not load.
    """
    staged = {folder / name: folder / f"{name}.new" for name in files}
    try:
        for path, new in staged.items():
            write_atomically(new, files[path.name])
        config = folder / CONFIG
        if config.is_file() and config.read_bytes() != files[CONFIG]:
            config.unlink()
        for path, new in staged.items():
            os.replace(new, path)
    finally:
        for new in staged.values():
            new.unlink(missing_ok=True)


def _new_model(config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> nn.Module:
    name = (config.get("architectures") or ["none"])[0]
    if name not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise ValueError(f"architecture {name!r} is not covered; there are: {known}")
    model_type = config.get("model_type")
    if model_type is not None and not name.lower().startswith(str(model_type)):
        raise ValueError(f"model_type {model_type!r} contradicts architecture {name!r}")
    family = ARCHITECTURES[name]
    ours = family.config.from_huggingface({**config, "architectures": [name]})
    model_class = family.architectures[name]
    if isinstance(ours, T5Config) and "lm_head.weight" not in weights:
        ours = replace(ours, tie_embeddings=True)  # whatever the config says of it
    if model_class in (SequenceClassifier, TokenClassifier):
        return model_class(ours, _n_labels(config))
    return model_class(ours)


def _n_labels(config: Mapping[str, Any]) -> int:
    """Count the labels of a classifier: two, unless the config names or counts them."""
    labels, count = config.get("id2label"), config.get("num_labels")
    if labels is None:
        labels = range(typed("num_labels", 2 if count is None else count, 1))
    elif not isinstance(labels, dict):
        raise ValueError(f"id2label must be an object, got {labels!r}")
    if not labels or count not in (None, len(labels)):
        raise ValueError(f"num_labels={count!r} does not fit id2label={labels!r}")
    return len(labels)


def _read_json(path: Path) -> dict[str, Any]:
    """Read a file whose content must be a JSON object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # no JSON, or no UTF-8
        raise ValueError(f"{path} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} must hold a JSON object, got {content!r:.60}")
    return content


def _read_weights(folder: Path) -> dict[str, Tensor]:
    """Read every tensor of every weight file; files that disagree are refused."""
    weights: dict[str, Tensor] = {}
    for file in _weight_files(folder):
        try:
            tensors = load_file(file)
        except (SafetensorError, OSError) as error:
            raise ValueError(f"{file} is damaged or missing: {error}") from error
        for name in weights.keys() & tensors.keys():
            if not torch.equal(weights[name], tensors[name]):
                raise ValueError(f"{file} and an earlier shard disagree on {name}")
        weights |= tensors
    return weights


def _weight_files(folder: Path) -> list[Path]:
    """Choose the files as Transformers does: the single one before the shards."""
    _refuse_other_weights(folder)
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    if (folder / INDEX).is_file():
        return [folder / shard for shard in _shards(folder / INDEX)]
    pickles = [p.name for p in folder.iterdir() if p.suffix in (".bin", ".pt", ".pth")]
    offered = f"; pickles are not loaded: {', '.join(pickles)}" if pickles else ""
    raise ValueError(f"{folder} has no {WEIGHTS}{offered}")


def _refuse_other_weights(folder: Path) -> None:
    """Refuse a folder in which Transformers prefers weights that are not read here."""
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        if file.name == ADAPTER or _DISTRIBUTED.fullmatch(file.name):
            raise ValueError(
                f"{file}: adapters and distributed checkpoints are not covered, and "
                f"Transformers loads them instead of {WEIGHTS}"
            )


def _shards(index: Path) -> list[str]:
    """Return the names of the shards that an index names, in Transformers' order."""
    weight_map = _read_json(index).get("weight_map")
    if not isinstance(weight_map, dict):
        raise ValueError(f"{index} has no weight_map that says where the tensors are")
    shards = sorted({str(shard) for shard in weight_map.values()})
    for shard in shards:
        path = Path(shard)
        if path.is_absolute() or ".." in path.parts or path.suffix != ".safetensors":
            raise ValueError(f"{index}: {shard!r} is no safetensors file in its folder")
    return shards


def _downloaded(name: str) -> Path:
    """Bring a checkpoint's config and safetensors from the hub, or find them cached."""
    from huggingface_hub import errors, hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    # What the HTTP library of the installed version raises, whichever that is.
    http_error = errors.HTTPError  # type: ignore[attr-defined]
    try:
        folder = Path(hf_hub_download(name, CONFIG)).parent
        try:
            hf_hub_download(name, WEIGHTS)
        except EntryNotFoundError:
            for shard in _shards(Path(hf_hub_download(name, INDEX))):
                hf_hub_download(name, shard)
    except EntryNotFoundError as error:
        if isinstance(error, LocalEntryNotFoundError):
            raise FileNotFoundError(_not_found(name, error)) from error
        raise ValueError(f"{name!r} offers no {CONFIG} with {WEIGHTS}") from error
    except (http_error, errors.HFValidationError, OSError) as error:
        raise FileNotFoundError(_not_found(name, error)) from error
    return folder


def _not_found(name: str, error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return f"{name!r} is no folder here, and no hub gave it: {' '.join(lines[:2])}"
