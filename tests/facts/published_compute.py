"""Published FLOPs, tokens and exponents, computed from what their papers publish."""

from collections.abc import Iterator

from llm_foundations.accounting.scaling.laws import UNROUNDED, chinchilla
from llm_foundations.facts.models import find_model
from llm_foundations.facts.results import PublishedResult, published_results
from tests.facts.rounding import Computed, Interval, as_interval, printed


def computed() -> Computed:
    """Yield the rows on compute, tokens and scaling laws that can be computed."""
    yield from _training_flops()
    yield from _gpt3_epochs()
    yield from _chinchilla_flops()
    yield from _chinchilla_tokens()
    yield from _exponents()
    yield from _rounded_constants()


def _training_flops() -> Computed:
    """6ND, and half of it for T5: each of its tokens passes through one stack."""
    rows = published_results("training-compute")
    booked = {row.model: row.number * 1e9 for row in rows if row.unit == "B tokens"}
    for row in rows:
        if row.metric == "FLOPs":
            n_tokens = booked.get(row.model) or find_model(row.model).training_tokens
            factor = 3.0 if row.model.startswith("T5") else 6.0
            flops = printed(row.n_params) * factor * float(n_tokens or 0)
            yield row.id, (flops,)


def _gpt3_epochs() -> Computed:
    """GPT-3's Table 2.2: weight in the mix x 300 billion tokens / size of the set."""
    table: dict[str, dict[str, PublishedResult]] = {}
    for row in published_results("training-data"):
        table.setdefault(row.benchmark, {})[row.metric] = row
    for corpus in table.values():
        tokens = printed(corpus["weight in mix"].value) * (300 / 100)
        epochs = tokens / printed(corpus["quantity"].value)
        yield corpus["epochs for 300B tokens"].id, (epochs,)


def _pairs() -> Iterator[tuple[PublishedResult, PublishedResult]]:
    """Hoffmann et al.'s Tables 3 and A3: the tokens and the FLOPs of each size."""
    rows = published_results("chinchilla-optimal")
    return zip(rows[::2], rows[1::2], strict=True)


def _chinchilla_flops() -> Computed:
    for tokens, flops in _pairs():
        yield flops.id, (printed(tokens.value) * (6 * float(tokens.n_params)),)


def _chinchilla_tokens() -> Computed:
    """By the law itself for approach 3, by the published exponents for 1 and 2.

    The factors of approaches 1 and 2 are not published, so each size follows from
    the smallest one and the spread of the exponents in Table 2.
    """
    spreads = {
        "approach 1": (0.501 / 0.502, 0.512 / 0.488),
        "approach 2": (0.483 / 0.534, 0.529 / 0.462),
    }
    smallest = {row.setting: row for row, _ in reversed(list(_pairs()))}
    for row, _ in _pairs():
        size = float(row.n_params)
        if row.setting == "approach 3":
            yield row.id, (as_interval(chinchilla().optimal_tokens(size)),)
        elif row is not smallest[row.setting]:
            first = smallest[row.setting]
            ratio = size / float(first.n_params)
            low, high = (ratio**power for power in spreads[row.setting])
            yield row.id, (printed(first.value) * Interval(low, high),)


def _exponents() -> Computed:
    law = chinchilla(UNROUNDED)
    a = law.beta / (law.alpha + law.beta)
    yield "r0638", (as_interval(a),)
    yield "r0639", (as_interval(1 - a),)
    kaplan = {row.benchmark: row.number for row in _rows("Kaplan")}
    harmonic = sum(1 / kaplan[name] for name in ("alpha_S", "alpha_B", "alpha_N"))
    yield "r0606", (as_interval(1 / harmonic),)  # Kaplan et al., equation 1.8
    n_exponent = kaplan["N_opt exponent"]
    yield "r0612", (as_interval(1 - n_exponent),)
    yield "r0614", (as_interval(1 - n_exponent - kaplan["batch exponent"]),)
    yield "r0640", (as_interval(n_exponent),)
    yield "r0641", (as_interval(1 - n_exponent),)


def _rounded_constants() -> Computed:
    """Chinchilla's printed constants are those of its TeX source, rounded."""
    law = chinchilla(UNROUNDED)
    for row in _rows("Chinchilla approach 3 (as printed)"):
        yield row.id, (as_interval(getattr(law, row.benchmark)),)


def _rows(model: str) -> list[PublishedResult]:
    return [row for row in published_results("scaling-law") if row.model == model]
