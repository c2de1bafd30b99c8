"""What the pages load by a name, in a cache where the Hugging Face libraries look.

A block that says `from_pretrained("bert-base-uncased")` runs as it stands in every test
run, without a network: the same name, the same files, a model of the same width with
random weights. A reader's own run asks the real hub.
"""

import atexit
import json
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedModel

NAME = "bert-base-uncased"
"""The one model that pages load by its name."""
COMMIT = "0" * 40
WORDS = ["he", "went", "to", "the", "bank", "deposit", "money", "."]


def announce() -> None:
    """Name an empty cache in the environment, before a library reads it there."""
    home = tempfile.TemporaryDirectory()
    atexit.register(home.cleanup)
    os.environ |= {"HF_HOME": home.name, "HF_HUB_OFFLINE": "1"}


@cache
def fill() -> None:
    """Put the model into the cache, where nothing else downloads it."""
    from transformers import BertConfig, BertForPreTraining

    folder = Path(os.environ["HF_HOME"]) / "hub" / f"models--{NAME}"
    # The real width, since a page prints it; two thin layers, since they are stored.
    config = BertConfig(vocab_size=40, num_hidden_layers=2, intermediate_size=64)
    model = BertForPreTraining(config)
    write_bert(folder / "snapshots" / COMMIT, model)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(COMMIT)


def write_bert(folder: Path, model: "PreTrainedModel") -> None:
    """Write a repository as BERT's is: old names of the norms, a list of words."""
    weights = {
        name.replace("Norm.weight", "Norm.gamma").replace("Norm.bias", "Norm.beta"): w
        for name, w in model.state_dict().items()
        if not name.startswith("cls.predictions.decoder.")
    }
    write(folder, weights, model.config.to_dict(), "BertForMaskedLM")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    words += [f"[unused{i}]" for i in range(model.config.vocab_size - len(words))]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": true}')


def write(
    folder: Path, weights: dict[str, Any], config: dict[str, Any], architecture: str
) -> None:
    """Write weights and config as a repository has them."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    weights = {name: tensor.contiguous() for name, tensor in weights.items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config |= {"architectures": [architecture]}
    (folder / "config.json").write_text(json.dumps(config))
