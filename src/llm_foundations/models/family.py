"""What a model's file states about its family of checkpoints at Hugging Face."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

Table = Mapping[str, str | tuple[str, ...]]
"""Their names of tensors, and ours; `{i}` is a layer, `{p}` weight or bias, `{x}` one
of q, k, v and o. Several names of ours are stored there as one tensor."""

QKV = tuple(f"blocks.{{i}}.attention.{part}_proj.{{p}}" for part in "qkv")
"""The projections to queries, keys and values, which some families store as one."""
FEED_FORWARD_NORM = "blocks.{i}.feed_forward_norm.{p}"
"""The norm of a block's feed-forward layer."""


@dataclass(frozen=True)
class Family:
    """Model family: its architectures, its config, and the names of its tensors.

    Examples:
        >>> from llm_foundations.models.llama import FAMILY
        >>> list(FAMILY.architectures)
        ['LlamaForCausalLM', 'MistralForCausalLM']
        >>> FAMILY.names["model.embed_tokens.weight"]
        'token_embedding.weight'
    """

    architectures: Mapping[str, type[nn.Module]]
    """The class names in `config.json`, and the model here for each."""
    config: type[Any]
    """The config, with `from_huggingface` and `to_huggingface`."""
    names: Table
    """The names of all tensors that a model of the family may have."""
    gated_names: Table | None = None
    """The names where the config says `gated`; None for the same ones."""
    tied: Mapping[str, str] = field(default_factory=dict)
    """Second names of tied tensors, and the first name of each."""
    not_weights: tuple[str, ...] = ()
    """Endings of what a file may hold and no model needs, such as buffers."""
    heads: tuple[str, ...] = ()
    """Beginnings of the heads that a file may hold for another model of the family."""
    transposed: tuple[str, ...] = ()
    """Parts of the names of layers whose weight has its input axis first (Conv1D)."""
    by_head: tuple[str, ...] = ()
    """Parts of the names of tensors that stack q, k and v within every head."""

    def table(self, config: Any) -> Table:  # noqa: ANN401 - one of `self.config`
        """Return the names of the tensors of a model with this config."""
        if self.gated_names is None or not config.gated:
            return self.names
        return self.gated_names

    def is_of_a_head(self, name: str) -> bool:
        """Tell whether a tensor of theirs belongs to one of the `heads`."""
        layer, _, kind = name.rpartition(".")
        known = name in self.names or (
            kind in ("weight", "bias") and f"{layer}.{{p}}" in self.names
        )
        return known and name.startswith(self.heads)
