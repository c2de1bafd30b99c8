"""How many parameters a model has: exact, itemised, by arithmetic alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from llm_foundations.accounting.architecture import Architecture
from llm_foundations.accounting.ledger import architecture_of
from llm_foundations.accounting.weights import Weight, weights
from llm_foundations.facts.models import PublishedModel

PARTS = ("embedding", "attention", "feed-forward", "norms", "head")
"""The parts that a count is broken down into."""


@dataclass(frozen=True)
class ParameterCount:
    """The parameters of one model.

    Tied embeddings are counted once. Encoders are counted with their pooler and
    without the head of their pre-training. Buffers (rotary tables, sinusoids,
    masks) are not parameters.
    """

    weights: tuple[Weight, ...]
    """Every weight."""
    is_exact: bool = True
    """False if something that matters was not disclosed."""

    @property
    def total(self) -> int:
        """All parameters."""
        return sum(weight.total for weight in self.weights)

    @property
    def parts(self) -> dict[str, int]:
        """Parameters of the embedding, attention, feed-forward, norms and head."""
        return {
            part: sum(weight.total for weight in self.weights if weight.part == part)
            for part in PARTS
        }

    @property
    def active(self) -> int:
        """Parameters without the experts that one token does not visit."""
        experts = (w for w in self.weights if w.name.startswith("experts."))
        return self.total - sum(w.size * (w.copies - w.n_uses) for w in experts)

    @property
    def non_embedding(self) -> int:
        """Parameters without embedding and head: the N of Kaplan et al. (2020)."""
        return self.total - self.parts["embedding"] - self.parts["head"]


def count_parameters(model: Architecture | PublishedModel) -> ParameterCount:
    """Count the parameters of a model, weight by weight.

    Args:
        model: A shape, or a row of the ledger.

    Raises:
        ValueError: If the row does not say enough to count from.

    Examples:
        >>> from llm_foundations.facts import find_model
        >>> llama = count_parameters(find_model("Llama 2 7B"))
        >>> f"{llama.total:,}", f"{llama.parts['feed-forward']:,}"
        ('6,738,415,616', '4,328,521,728')
    """
    if isinstance(model, Architecture):
        return ParameterCount(weights(model))
    special = {"embedding": _table, "elmo": _elmo, "": _outline}
    listed = special.get(model.arch, lambda row: weights(architecture_of(row)))
    if model.countable == "no":
        reported = f"; reported: {model.params_total:,}" if model.params_total else ""
        raise ValueError(
            f"{model.name} cannot be counted: its shape is not disclosed{reported}"
        )
    return ParameterCount(tuple(listed(model)), model.countable == "yes")


def _table(model: PublishedModel) -> Iterable[Weight]:
    shape = (model.vocab_size or 0, model.d_model or 0)
    return [Weight("embedding", "tokens", shape, is_table=True)]


def _outline(model: PublishedModel) -> Iterable[Weight]:
    """The matrices of standard blocks, for rows that give depth and width alone."""
    n, d = model.n_layers or 0, model.d_model or 0
    return [
        Weight("attention", "q, k, v and o", (d, 4 * d), n),
        Weight("feed-forward", "up and down", (d, 8 * d), n),
    ]


_ELMO_FILTERS = {1: 32, 2: 32, 3: 64, 4: 128, 5: 256, 6: 512, 7: 1024}
_ELMO_CHARACTERS = (262, 16)


def _elmo(model: PublishedModel) -> Iterable[Weight]:
    """ELMo's character filters, highway layers and LSTMs in both directions.

    Reference:
        `bilm-tf`, bin/train_elmo.py; Peters et al. (2018), section 3.4.
    """
    d, cell, n = model.d_model or 0, model.d_ff or 0, 2 * (model.n_layers or 0)
    width = sum(_ELMO_FILTERS.values())
    yield Weight("embedding", "characters", _ELMO_CHARACTERS, is_table=True)
    for length, filters in _ELMO_FILTERS.items():
        yield Weight("embedding", "filter", (length, _ELMO_CHARACTERS[1], filters))
        yield Weight("embedding", "filter.bias", (filters,))
    yield Weight("embedding", "highway", (width, 2 * width), 2)
    yield Weight("embedding", "highway.bias", (2 * width,), 2)
    yield Weight("embedding", "narrow", (width, d))
    yield Weight("embedding", "narrow.bias", (d,))
    yield Weight("feed-forward", "lstm.gates", (2 * d, 4 * cell), n)
    yield Weight("feed-forward", "lstm.gates.bias", (4 * cell,), n)
    yield Weight("feed-forward", "lstm.narrow", (cell, d), n)
