"""Models from and to folders and hubs, in the layout that Transformers reads.

Weights are safetensors, never pickles: unpickling a file runs the code in it.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from llm_foundations.models.bert import (
    BERT,
    BERTConfig,
    SequenceClassifier,
    SpanSelector,
    TokenClassifier,
)
from llm_foundations.models.bert_pretraining import MaskedLM, PretrainingBERT
from llm_foundations.models.bloom import Bloom, BloomConfig
from llm_foundations.models.conversion import load_huggingface, to_huggingface
from llm_foundations.models.gpt import GPT, GPTConfig
from llm_foundations.models.jais import Jais, JaisConfig
from llm_foundations.models.llama import Llama, LlamaConfig
from llm_foundations.models.t5 import T5, T5Config

CONFIG, WEIGHTS, INDEX = (
    "config.json",
    "model.safetensors",
    "model.safetensors.index.json",
)
ARCHITECTURES: dict[str, tuple[type[nn.Module], Any]] = {
    "GPT2LMHeadModel": (GPT, GPTConfig),
    "LlamaForCausalLM": (Llama, LlamaConfig),
    "MistralForCausalLM": (Llama, LlamaConfig),
    "BertModel": (BERT, BERTConfig),
    "BertForMaskedLM": (MaskedLM, BERTConfig),
    "BertForPreTraining": (PretrainingBERT, BERTConfig),
    "BertForSequenceClassification": (SequenceClassifier, BERTConfig),
    "BertForTokenClassification": (TokenClassifier, BERTConfig),
    "BertForQuestionAnswering": (SpanSelector, BERTConfig),
    "T5ForConditionalGeneration": (T5, T5Config),
    "BloomForCausalLM": (Bloom, BloomConfig),
    "JAISLMHeadModel": (Jais, JaisConfig),
}
"""The classes that checkpoints name, and the model and config here for each."""


def load_pretrained(name_or_folder: str | os.PathLike[str]) -> nn.Module:
    """Load a checkpoint of GPT-2, Llama, Mistral, BLOOM, JAIS, BERT or T5.

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
    config = json.loads((folder / CONFIG).read_text())
    weights = _read_weights(folder)
    model = _new_model(config)
    load_huggingface(model, weights)
    return model.eval()


def save_pretrained(
    model: nn.Module,
    folder: str | os.PathLike[str],
    special_ids: Mapping[str, int] | None = None,
) -> None:
    """Write the model so that Transformers' `from_pretrained` loads it.

    Args:
        model: One of a family that has a table in `models.tables`.
        folder: Made if it is not there. Other files in it stay as they are.
        special_ids: Such as `{"eos_token_id": 2}`; those not given are none.

    Raises:
        TypeError: If the model is of no such family; then nothing is written.
    """
    weights = to_huggingface(model)
    config: Any = cast(Any, model.config).to_huggingface()
    none = dict.fromkeys(("bos_token_id", "eos_token_id", "pad_token_id"))
    config |= {"architectures": [_architecture(model)], **none, **(special_ids or {})}
    if isinstance(model, SequenceClassifier | TokenClassifier):
        labels = range(model.classifier.out_features)
        config["id2label"] = {str(i): f"LABEL_{i}" for i in labels}
        config["label2id"] = {f"LABEL_{i}": i for i in labels}
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # Whole files under other names first: a crash leaves no half-written one.
    new_weights, new_config = folder / f"{WEIGHTS}.new", folder / f"{CONFIG}.new"
    save_file(weights, new_weights, metadata={"format": "pt"})
    new_config.write_text(json.dumps(config, indent=2) + "\n")
    os.replace(new_weights, folder / WEIGHTS)
    os.replace(new_config, folder / CONFIG)


def _architecture(model: nn.Module) -> str:
    windowed = isinstance(model, Llama) and model.config.window is not None
    names = [name for name, (cls, _) in ARCHITECTURES.items() if cls is type(model)]
    return names[-1] if windowed else names[0]


def _new_model(config: Mapping[str, Any]) -> nn.Module:
    name = (config.get("architectures") or ["none"])[0]
    if name not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise ValueError(f"architecture {name!r} is not covered; there are: {known}")
    model_class, config_class = ARCHITECTURES[name]
    ours = config_class.from_huggingface(config)
    if model_class in (SequenceClassifier, TokenClassifier):
        return model_class(ours, len(config.get("id2label", "ab")))  # two by default
    return model_class(ours)


def _read_weights(folder: Path) -> dict[str, Tensor]:
    """Read one safetensors file, or all those of an index."""
    files = [folder / WEIGHTS]
    if (folder / INDEX).is_file():
        shards = json.loads((folder / INDEX).read_text())["weight_map"].values()
        files = [folder / shard for shard in sorted(set(shards))]
    elif not files[0].is_file():
        pickles = [
            p.name for p in folder.iterdir() if p.suffix in (".bin", ".pt", ".pth")
        ]
        offered = f"; pickles are not loaded: {', '.join(pickles)}" if pickles else ""
        raise ValueError(f"{folder} has no {WEIGHTS}{offered}")
    weights: dict[str, Tensor] = {}
    for file in files:
        try:
            weights |= load_file(file)
        except (SafetensorError, FileNotFoundError) as error:
            raise ValueError(f"{file} is damaged or missing: {error}") from error
    return weights


def _downloaded(name: str) -> Path:
    """Bring a checkpoint's config and safetensors from the hub, or find them cached."""
    from huggingface_hub import errors, hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    # What the HTTP library of the installed version raises, whichever that is.
    http_error = errors.HTTPError  # type: ignore[attr-defined]
    try:
        folder = Path(hf_hub_download(name, CONFIG)).parent
        try:
            index = json.loads(Path(hf_hub_download(name, INDEX)).read_text())
            shards = sorted(set(index["weight_map"].values()))
        except EntryNotFoundError:
            shards = [WEIGHTS]
        for shard in shards:
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
