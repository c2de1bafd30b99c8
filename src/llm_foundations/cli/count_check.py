"""`llm-foundations count --check`: the counted model against the one that is built.

Transformers builds it on the meta device, which allocates no weight.
"""

import copy
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llm_foundations.accounting.huggingface import architecture_from_config
from llm_foundations.accounting.parameters import PARTS, count_parameters

if TYPE_CHECKING:
    from torch import Tensor, nn

ROUTER_BIAS = "e_score_correction_bias"
"""DeepSeek's router biases: trained, though not by gradients, and buffers there."""

_PATTERNS = {
    "norms": r"norm|(^|\.)ln_",
    "head": r"lm_head|embed_out|pooler",
    "embedding": r"embed|wte|wpe|(^|\.)shared$",
    "attention": r"att",
}
"""What the modules of a part are called; the first part that fits has them."""


@dataclass(frozen=True)
class Check:
    """The parameters that were counted, and those that Transformers built."""

    counted: dict[str, int]
    """How many in each of `PARTS`."""
    built: dict[str, int]
    """How many Transformers has below each module, with `*` for a layer's number."""
    n_buffers: int = 0
    """How many of those are buffers there."""

    @property
    def built_parts(self) -> dict[str, int]:
        """How many Transformers has in each of `PARTS`."""
        parts = dict.fromkeys(PARTS, 0)
        for name, n in self.built.items():
            parts[part_of(name)] += n
        return parts

    @property
    def differing(self) -> tuple[str, ...]:
        """The parts that are not equal."""
        built = self.built_parts
        return tuple(part for part in PARTS if self.counted[part] != built[part])


def check_config(config: Mapping[str, Any]) -> Check:
    """Count a config, and build it with Transformers.

    Args:
        config: The content of a `config.json`.

    Raises:
        ValueError: If the config cannot be counted, or Transformers refuses it.

    Examples:
        >>> sizes = {"vocab_size": 9, "n_embd": 4, "n_head": 2, "n_layer": 1}
        >>> check = check_config({"model_type": "gpt2", **sizes})
        >>> check.counted == check.built_parts, check.built["transformer.h.*.mlp.c_fc"]
        (True, 80)
    """
    counted = count_parameters(architecture_from_config(config)).parts
    model = build_on_meta(config)
    biases = [buffer.numel() for _, buffer in _router_biases(model)]
    return Check(counted, built_parameters(model), sum(biases))


def part_of(name: str) -> str:
    """Return the part of a model that a module of Transformers belongs to.

    Args:
        name: Its name there.

    Examples:
        >>> part_of("model.layers.0.self_attn.q_proj"), part_of("transformer.ln_f")
        ('attention', 'norms')
    """
    fits = (part for part, text in _PATTERNS.items() if re.search(text, name.lower()))
    return next(fits, "feed-forward")


def build_on_meta(config: Mapping[str, Any]) -> "nn.Module":
    """Build the model of a config with Transformers, without allocating its weights.

    It has the parts that `count_parameters` counts: a language model's head, an
    encoder's pooler, and no head of a pre-training.

    Args:
        config: The content of a `config.json` of a known `model_type`.

    Raises:
        ValueError: If Transformers refuses the config.
    """
    import torch
    import transformers
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    auto_classes: dict[str, Any] = {
        "bert": transformers.AutoModel,
        "bart": transformers.AutoModel,
        "t5": transformers.AutoModelForSeq2SeqLM,
        "decoder": transformers.AutoModelForCausalLM,
    }
    auto_class = auto_classes[architecture_from_config(config).family]
    read = CONFIG_MAPPING[config["model_type"]].from_dict
    try:
        with _quiet(), torch.device("meta"):
            return auto_class.from_config(read(copy.deepcopy(dict(config))))
    except Exception as error:  # of any type: what a class raises is its own affair
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"Transformers refuses this config: {reason}") from error


def built_parameters(model: "nn.Module") -> dict[str, int]:
    """Return the number of parameters below each module that has any of its own.

    Args:
        model: A model of Transformers. Its layers are added up, and `ROUTER_BIAS`
            counts as a parameter.
    """
    built: Counter[str] = Counter()
    for name, weight in (*model.named_parameters(), *_router_biases(model)):
        module = name.rpartition(".")[0]
        built[re.sub(r"\.\d+(?=\.|$)", ".*", module)] += weight.numel()
    return dict(built)


def _router_biases(model: "nn.Module") -> "list[tuple[str, Tensor]]":
    return [(n, b) for n, b in model.named_buffers() if n.endswith(ROUTER_BIAS)]


def report(check: Check) -> str:
    """Say whether both numbers are equal, and where they are not.

    Args:
        check: The two counts.
    """
    import transformers

    counted, built = sum(check.counted.values()), sum(check.built.values())
    title = f"Transformers {transformers.__version__} builds {built:,}"
    if check.n_buffers:
        title += f" ({check.n_buffers:,} as buffers)"
    if not check.differing:
        return f"{title}: equal, part by part"
    if counted == built:
        title += ": equal, but not part by part"
    else:
        title += f": {abs(built - counted):,} {'more' if built > counted else 'fewer'}"
    return "\n".join([title, *_differences(check)])


def _differences(check: Check) -> Iterator[str]:
    for part in check.differing:
        built = check.built_parts[part]
        yield f"  {part:12} counted {check.counted[part]:>19,}   built {built:>19,}"
        there = Counter({n: k for n, k in check.built.items() if part_of(n) == part})
        for name, n in there.most_common(3):
            yield f"    {n:>19,}  {name}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the warnings of Transformers to itself."""
    from transformers.utils import logging

    level = logging.get_verbosity()
    logging.set_verbosity(50)  # nothing below a crash
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
