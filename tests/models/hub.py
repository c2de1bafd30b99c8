"""The stand-in's repositories that the tests ask for: small models, random weights.

The files are laid out as in the real ones: BERT's old names of the norms and its
pre-training heads, GPT-2's names without a prefix and its saved causal masks.
"""

import json
from pathlib import Path

import torch
from tokenizers.pre_tokenizers import ByteLevel

from scripts.tools.hub import write, write_bert
from tests.models.families import bert, gpt2


def write_repositories(root: Path) -> None:
    """Write two that are whole, one without weights, and one for the cut-off line."""
    torch.manual_seed(0)
    write_bert(root / "bert-base-uncased", bert("ForPreTraining")[1])
    write_gpt2(root / "openai-community" / "gpt2")
    write_gpt2(root / "someone" / "cut-off")
    write_gpt2(root / "someone" / "no-weights")
    (root / "someone" / "no-weights" / "model.safetensors").unlink()


def write_gpt2(folder: Path) -> None:
    _, theirs = gpt2(vocab_size=257)
    weights = {
        name.removeprefix("transformer."): tensor
        for name, tensor in theirs.state_dict().items()
        if name != "lm_head.weight"
    }
    weights |= {f"h.{i}.attn.bias": torch.ones(24, 24)[None, None] for i in range(2)}
    write(folder, weights, theirs.config.to_dict(), "GPT2LMHeadModel")
    letters = [*sorted(ByteLevel.alphabet()), "<|endoftext|>"]
    vocabulary = {letter: i for i, letter in enumerate(letters)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
