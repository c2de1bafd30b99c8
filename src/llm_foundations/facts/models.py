"""Published models as typed rows: what was disclosed, and where it can be read.

An empty cell of `models.csv` means unknown or undisclosed, and stays `None` here.
"""

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class PublishedModel:
    """One model as its authors published it; a row of `models.csv`."""

    name: str
    """The name that a reader would type, size included."""
    organisation: str
    """Who published it."""
    year_month: str
    """When, as `2023-07`."""
    paper: str
    """The arXiv number, or what there is instead."""
    params_total: int | None
    """The size that was reported, in parameters."""
    params_active: int | None
    """The reported parameters that one token passes through, if experts idle."""
    params_exact: int | None
    """The recomputed number of parameters, where it has been recorded."""
    known_exact: int | None
    """The number of parameters of the released checkpoint."""
    arch: str
    """The family that says how to count; empty if it is not disclosed."""
    n_layers: int | None
    """Layers; of the encoder and again of the decoder if there are both."""
    d_model: int | None
    """Width of each position's vector."""
    n_heads: int | None
    """Query heads."""
    n_kv_heads: int | None
    """Heads of keys and values."""
    head_dim: int | None
    """Width of one head, where it was published; see `d_head`."""
    d_ff: int | None
    """Inner width of the feed-forward layer, of one expert if there are several."""
    ffn_type: str
    """The activation: `relu`, `gelu`, or the gated `swiglu` and `geglu`."""
    norm: str
    """Kind and place of the norms, as `rmsnorm-pre`."""
    position: str
    """How order is known: `learned`, `rope`, `alibi`, `relative`, `sinusoidal`."""
    vocab_size: int | None
    """Rows of the embedding, padding included."""
    context_length: int | None
    """Longest sequence of the training."""
    tie_embeddings: bool | None
    """Whether the head shares the weights of the embedding."""
    attention_bias: str
    """`yes` on all four projections, `qkv`, or `no`."""
    extra: str
    """What else a count or a cache depends on, as `key=value;key=value`."""
    training_tokens: int | None
    """Tokens seen in pre-training, repeats included."""
    disclosed: bool
    """Whether the authors disclose the architecture."""
    countable: str
    """`yes` if the row fixes the exact count, `approximate`, or `no`."""
    source: str
    """Section, table or file where the row was read."""
    checked: str
    """How it was checked: `source text`, `from memory`, `arithmetic`, or several."""
    notes: str
    """What a reader should know."""

    @property
    def d_head(self) -> int | None:
        """Width of one head: as published, or else `d_model` over the heads."""
        if self.head_dim is None and self.d_model and self.n_heads:
            return self.d_model // self.n_heads
        return self.head_dim

    @property
    def decimal_year(self) -> float:
        """The middle of its month as a number: 2020.375 for May 2020."""
        year, month = map(int, self.year_month.split("-"))
        return year + (month - 0.5) / 12

    @property
    def options(self) -> dict[str, int]:
        """`extra` as a dictionary."""
        pairs = (pair.split("=") for pair in self.extra.split(";") if pair)
        return {key: int(value) for key, value in pairs}

    @property
    def is_from_memory(self) -> bool:
        """Whether a part of the row was not re-read in its source."""
        return "from memory" in self.checked

    @property
    def citation(self) -> str:
        """The source in one line; it says so if the row was not re-checked."""
        paper = f"arXiv {self.paper}" if self.paper[0].isdigit() else self.paper
        where = f"{paper}; {self.source}"
        return f"{where} (not re-checked)" if self.is_from_memory else where


def read_rows(file_name: str) -> list[dict[str, str]]:
    """Read one of the package's CSV files, as text."""
    path = Path(__file__).with_name(file_name)
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def _parse(text: str, kind: object) -> str | int | bool | None:
    if kind is str:
        return text
    if text == "":
        return None
    return text == "yes" if kind in (bool, bool | None) else int(text)


def _model(row: Mapping[str, str]) -> PublishedModel:
    values: dict[str, Any] = {
        field.name: _parse(row[field.name], field.type)
        for field in fields(PublishedModel)
    }
    return PublishedModel(**values)


@functools.cache
def published_models() -> tuple[PublishedModel, ...]:
    """Return every row of the ledger, in its order.

    Examples:
        >>> sum(model.countable == "yes" for model in published_models())
        83
    """
    return tuple(_model(row) for row in read_rows("models.csv"))


def find_model(name: str) -> PublishedModel:
    """Return the model of that name; case and outer spaces do not matter.

    Args:
        name: As in the ledger, for example `Llama 2 7B`.

    Raises:
        ValueError: If there is none, with the names that come near.

    Examples:
        >>> find_model("gpt-2 small").d_model
        768
        >>> find_model("Llama 7B")
        Traceback (most recent call last):
        ValueError: no model 'Llama 7B'; near: Llama 2 7B, LLaMA-7B, Llama 3 70B
    """
    by_name = {model.name.lower(): model for model in published_models()}
    wanted = name.strip().lower()
    if wanted in by_name:
        return by_name[wanted]
    import difflib  # it takes longer to import than this whole module

    near = difflib.get_close_matches(wanted, by_name, n=3, cutoff=0.5)
    hint = ", ".join(by_name[key].name for key in near) or "nothing in the ledger"
    raise ValueError(f"no model {name!r}; near: {hint}")


def models_frame() -> "pd.DataFrame":
    """Return the ledger as a pandas frame, one model a row, the name as index."""
    import pandas as pd

    frame = pd.DataFrame([vars(model) for model in published_models()])
    return frame.convert_dtypes().set_index("name")
