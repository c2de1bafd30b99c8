"""A trained model as a folder that Transformers loads too."""

import json
from pathlib import Path

import safetensors.torch

from llm_foundations.files import write_atomically
from llm_foundations.models.conversion import load_huggingface, to_huggingface
from llm_foundations.models.llama import Llama, LlamaConfig
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer
from llm_foundations.tokenizers.files.tokenizer_json import (
    load_tokenizer,
    save_tokenizer,
)


def save_model(folder: Path, model: Llama, tokenizer: BPETokenizer) -> None:
    """Write what `AutoModelForCausalLM` and `AutoTokenizer` load.

    Args:
        folder: Gets `config.json`, `model.safetensors` and the tokenizer's files.
        model: Its weights are written as they are, in the precision that they have.
        tokenizer: What turns text into the model's ids.
    """
    # A crash must not leave one model's config beside another's weights.
    (folder / "config.json").unlink(missing_ok=True)
    save_tokenizer(tokenizer, folder)
    end = tokenizer.special_tokens["<|endoftext|>"]
    config = {
        **model.config.to_huggingface(),
        "bos_token_id": end,
        "eos_token_id": end,
        "pad_token_id": tokenizer.special_tokens["<pad>"],
        "dtype": str(next(model.parameters()).dtype).removeprefix("torch."),
    }
    weights = {name: w.contiguous() for name, w in to_huggingface(model).items()}
    data = safetensors.torch.save(weights, {"format": "pt"})
    write_atomically(folder / "model.safetensors", data)
    write_atomically(folder / "config.json", (json.dumps(config, indent=2)).encode())


def load_model(folder: Path) -> tuple[Llama, BPETokenizer]:
    """Read what `save_model` wrote.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If one is damaged or does not fit the others.
    """
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        if not (folder / name).exists():
            raise FileNotFoundError(f"{folder} holds no trained model: no {name}")
    tokenizer = load_tokenizer(folder)
    if not isinstance(tokenizer, BPETokenizer):
        raise ValueError(f"{folder}: the tokenizer is no byte pair encoding")
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        model = Llama(LlamaConfig.from_huggingface(config))
        weights = safetensors.torch.load_file(folder / "model.safetensors")
    except (ValueError, safetensors.SafetensorError) as error:
        raise ValueError(f"{folder}: {error}") from None
    load_huggingface(model, weights)
    return model.eval(), tokenizer
