"""Published results as typed rows: each value with its paper and its table."""

import functools
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from llm_foundations.facts.models import published_models, read_rows

if TYPE_CHECKING:
    import pandas as pd

_OTHER_NAMES = {"Gopher 280B": "Gopher", "Chinchilla 70B": "Chinchilla"}


@dataclass(frozen=True, kw_only=True)
class PublishedResult:
    """One published value; a row of `results.csv`."""

    id: str
    """A name that stays, as `r0731`."""
    topic: str
    """What the row is about, as `energy`."""
    model: str
    """The model, or the law, that the value belongs to."""
    n_params: str
    """Its size as the source prints it; empty if it does not."""
    benchmark: str
    """What was measured."""
    setting: str
    """Under which conditions."""
    metric: str
    """What the number is."""
    value: str
    """The number as printed; a spread is written `41-140`, a bound `>50`."""
    unit: str
    """Its unit."""
    higher_is_better: str
    """`yes`, `no`, or empty where the question makes no sense."""
    source: str
    """The paper or card."""
    locator: str
    """The table or section in it."""
    checked: str
    """How it was checked: `source text`, `from memory`, `arithmetic`, or several."""
    notes: str
    """What a reader should know."""

    @property
    def number(self) -> float:
        """The value as a number.

        Raises:
            ValueError: If a spread or a bound was published.
        """
        low, high = self.spread
        if low != high:
            raise ValueError(f"{self.id} holds no single number: {self.value!r}")
        return low

    @property
    def spread(self) -> tuple[float, float]:
        """The least and the greatest value that the source allows."""
        if self.value.startswith(">"):
            return float(self.value[1:]), float("inf")
        low, dash, high = self.value.partition("-")
        if dash and not low.endswith("e"):
            return float(low), float(high)
        return float(self.value), float(self.value)

    @property
    def is_from_memory(self) -> bool:
        """Whether a part of the row was not re-read in its source."""
        return "from memory" in self.checked

    @property
    def citation(self) -> str:
        """The source in one line; it says so if the row was not re-checked."""
        where = f"{self.source}, {self.locator}"
        return f"{where} (not re-checked)" if self.is_from_memory else where


@functools.cache
def published_results(topic: str = "") -> tuple[PublishedResult, ...]:
    """Return the published results, all of them or those of one topic.

    Args:
        topic: For example `energy` or `mmlu`; everything if empty.

    Raises:
        ValueError: If no row has that topic.

    Examples:
        >>> [row.value for row in published_results("energy") if row.id == "r0731"]
        ['1287']
    """
    if topic:
        rows = tuple(row for row in published_results() if row.topic == topic)
        if not rows:
            topics = ", ".join(sorted({row.topic for row in published_results()}))
            raise ValueError(f"no topic {topic!r}; there are: {topics}")
        return rows
    names = [field.name for field in fields(PublishedResult)]
    return tuple(
        PublishedResult(**{name: row[name] for name in names})
        for row in read_rows("results.csv")
    )


def find_result(row_id: str) -> PublishedResult:
    """Return the row with that id.

    Raises:
        ValueError: If there is none.
    """
    for row in published_results():
        if row.id == row_id:
            return row
    last = published_results()[-1].id
    raise ValueError(f"no result {row_id!r}; ids run from r0001 to {last}")


def results_frame() -> "pd.DataFrame":
    """Return all published results as a pandas frame, the id as index."""
    import pandas as pd

    return pd.DataFrame([vars(row) for row in published_results()]).set_index("id")


def sizes_and_scores(*, active: bool = False) -> list[tuple[str, int, float]]:
    """Return the published models with a size and a few-shot MMLU score.

    Of several scores of one model, the last in the list counts. For Llama 3.1 405B,
    that is the one of an evaluation which ran three of the other models, too.

    Args:
        active: Whether the size of a mixture of experts is that of the parameters
            that a token uses, not of all.

    Returns:
        A name, a number of parameters and a percentage for each, in no special order.

    Examples:
        >>> sizes_and_scores()[1]
        ('Gopher', 280000000000, 60.0)
    """
    models = {model.name: model for model in published_models()}
    found: dict[str, tuple[str, int, float]] = {}
    for row in published_results("mmlu"):
        model = models.get(_OTHER_NAMES.get(row.model, row.model))
        if model and model.params_total and "shot" in row.setting:
            size = (model.params_active if active else None) or model.params_total
            found[model.name] = (model.name, size, row.number)
    return list(found.values())
