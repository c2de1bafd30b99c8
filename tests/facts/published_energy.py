"""Published hours, energy, carbon and cost, computed from what their papers publish."""

from llm_foundations.facts.results import PublishedResult, published_results
from tests.facts.rounding import Computed, Interval, as_interval, printed

A100_WATTS = 400.0
"""Greatest power of an A100, as the papers take it."""
H100_WATTS = 700.0
"""Greatest power of an H100, as the model cards take it."""

_COMPARISON = "training (BLOOM paper's comparison)"
_ONE_CENTRE = "training, normalised to one data centre"


def computed() -> Computed:
    """Yield the rows on energy, carbon and cost that can be computed."""
    yield from _strubell()
    yield from _patterson()
    yield from _bloom()
    yield from _bloom_comparison()
    yield from _llama_1()
    yield from _llama_2()
    yield from _llama_3()
    yield from _single_rows()


def _table(source: str, benchmark: str = "") -> dict[str, dict[str, PublishedResult]]:
    """The energy rows of a source: for each model, each metric."""
    table: dict[str, dict[str, PublishedResult]] = {}
    for row in published_results("energy"):
        if row.source.startswith(source) and benchmark in ("", row.benchmark):
            table.setdefault(row.model, {})[row.metric] = row
    return table


def _value(row: PublishedResult) -> Interval:
    return printed(row.value)


def _strubell() -> Computed:
    """Hours x watts x 1.58 of PUE; 0.954 lb a kWh; the price of each GPU's hour."""
    table = _table("Strubell")
    shared = table.pop("all of Table 3")
    for rows in table.values():
        hours, watts = _value(rows["duration"]), _value(rows["power draw"])
        kwh = hours * watts * _value(shared["PUE"]) / 1000
        yield rows["energy x PUE"].id, (kwh,)
        pounds = _value(rows["energy x PUE"]) * _value(shared["grid intensity"])
        yield rows["CO2e"].id, (pounds,)
        gpu, n_gpus = rows["duration"].setting.split("x")
        prices = next(row.value for row in _prices() if row.setting == gpu).split("-")
        costs = tuple(hours * float(n_gpus) * float(price) for price in prices)
        yield rows["cloud cost"].id, costs


def _prices() -> list[PublishedResult]:
    return [row for row in published_results("energy") if row.metric == "price"]


def _patterson() -> Computed:
    """Chips x days x watts x PUE, and the net intensity of the data centre's grid."""
    for rows in _table("Patterson").values():
        chip_hours = _value(rows["duration"]) * float(rows["chips"].value) * 24
        watts, pue = _value(rows["power draw"]), _value(rows["PUE"])
        yield rows["energy"].id, (chip_hours * watts * pue / 1e6,)
        carbon = _value(rows["energy"]) * _value(rows["net grid intensity"])
        yield rows["net CO2e"].id, (carbon,)
        speed = _value(rows["measured performance"])
        yield rows["total computation"].id, (chip_hours * speed * 3600e12,)


def _bloom() -> Computed:
    rows = _table("Luccioni", "training")["BLOOM-176B"]
    grid = _value(rows["grid intensity"]) / 1e6
    kwh = _value(rows["GPU hours"]) * (A100_WATTS / 1000)
    yield rows["energy (dynamic)"].id, (kwh,)
    yield rows["CO2e dynamic"].id, (_value(rows["energy (dynamic)"]) * grid,)
    parts = [_value(rows[f"CO2e {part}"]) for part in ("dynamic", "idle", "embodied")]
    yield rows["CO2e total"].id, (parts[0] + parts[1] + parts[2],)
    project = _value(rows["project energy, all experiments"]) * grid
    yield rows["project CO2e dynamic, all experiments"].id, (project,)


def _bloom_comparison() -> Computed:
    for model, rows in _table("Luccioni", _COMPARISON).items():
        carbon = _value(rows["energy"]) * _value(rows["grid intensity"]) / 1000
        # Patterson's 1,287 MWh for GPT-3 hold a PUE of 1.1; this table has none.
        yield rows["CO2e"].id, (carbon / (1.1 if model.startswith("GPT-3") else 1.0),)


def _llama_1() -> Computed:
    """LLaMA's Table 15: 400 W, a PUE of 1.1 and 0.385 kg a kWh for every model."""
    for rows in _table("Touvron", _ONE_CENTRE).values():
        mwh = _value(rows["GPU hours"]) * (A100_WATTS * 1.1 / 1e6)
        yield rows["energy"].id, (mwh,)
        yield rows["CO2e"].id, (_value(rows["energy"]) * Interval(0.3845, 0.3855),)
    rows = _table("Touvron", "training")["LLaMA (all four)"]
    hours = _value(rows["duration"]) * (2048 * 365.25 * 24 / 12)
    yield rows["energy"].id, (hours * (A100_WATTS * 1.1 / 1e6),)


def _llama_2() -> Computed:
    """Hours x the GPU's greatest power x an intensity that the card does not state.

    The 7B row gives the intensity, and the others follow. The 34B model, never
    released, has what is left of the family's hours; at 350 W its carbon fits.
    """
    table = _table("Llama 2 model card")
    small, family = table["Llama 2 7B"], table["Llama 2 family (incl. unreleased 34B)"]
    per_hour = _value(small["CO2e"]) / _value(small["GPU hours"])
    released = [table[f"Llama 2 {size}"] for size in ("7B", "13B", "70B")]
    for rows in released[1:]:
        yield rows["CO2e"].id, (_value(rows["GPU hours"]) * per_hour,)
    hours = sum(rows["GPU hours"].number for rows in released)
    rest = (family["GPU hours"].number - hours) * 350 / A100_WATTS
    yield family["CO2e"].id, (per_hour * (hours + rest),)


def _llama_3() -> Computed:
    """The intensity of the 405B row for the rest of its family, and the sums."""
    carbon = "CO2e (location-based)"
    families = {"Llama 3": ["8B", "70B"], "Llama 3.1": ["8B", "70B", "405B"]}
    for family, sizes in families.items():
        table = _table(f"{family} model card")
        total = table[f"{family} ({'both' if len(sizes) == 2 else 'all'})"]
        rows = [table[f"{family} {size}"] for size in sizes]
        for metric in ("GPU hours", carbon):
            parts = [_value(row[metric]) for row in rows]
            yield total[metric].id, (sum(parts[1:], parts[0]),)
        yield from _same_grid(rows[-1], rows[:-1])
    small = _table("Llama 3.2 model card")
    yield from _same_grid(small["Llama 3.2 3B"], [small["Llama 3.2 1B"]])


def _same_grid(
    largest: dict[str, PublishedResult], others: list[dict[str, PublishedResult]]
) -> Computed:
    carbon = "CO2e (location-based)"
    per_hour = _value(largest[carbon]) / _value(largest["GPU hours"])
    for rows in others:
        yield rows[carbon].id, (_value(rows["GPU hours"]) * per_hour,)


def _single_rows() -> Computed:
    rows = {row.id: row for row in published_results("energy")}
    # Llama 3.1 405B: hours x 700 W, in GWh.
    yield "r0792", (_value(rows["r0784"]) * (H100_WATTS / 1e9),)
    # Narayanan et al., equation 4: 8 FLOPs a parameter and token, with recomputation.
    speed = next(row for row in rows.values() if row.metric == "FLOP/s per GPU")
    seconds = as_interval(8 * 175e9 * 300e9 / 1024) / (_value(speed) * 1e12)
    yield "r0800", (seconds / 86400,)
