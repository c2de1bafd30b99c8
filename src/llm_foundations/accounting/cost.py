"""From FLOPs to hours, kilowatt-hours, dollars and kilograms of CO2, step by step.

Each step is one product. Its factors are assumptions, and are given by name.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Device:
    """An accelerator as its maker describes it."""

    name: str
    """What it is called."""
    peak_flops: float
    """FLOPs in a second at 16 bits, dense, with accumulation in 32 bits."""
    watts: float
    """Greatest power that it is built for."""
    memory_gb: float
    """Its memory, in units of 10^9 bytes."""
    source: str
    """Where the numbers stand."""


DEVICES = {
    device.name: device
    for device in (
        Device(
            name="V100",
            peak_flops=125e12,
            watts=300,
            memory_gb=32,
            source="NVIDIA V100 datasheet, SXM2 (16 GB and 32 GB were sold)",
        ),
        Device(
            name="A100",
            peak_flops=312e12,
            watts=400,
            memory_gb=80,
            source="NVIDIA A100 datasheet, SXM (40 GB and 80 GB were sold)",
        ),
        Device(
            name="H100",
            peak_flops=989.4e12,
            watts=700,
            memory_gb=80,
            source="NVIDIA H100 architecture whitepaper, SXM5",
        ),
        Device(
            name="TPU v3",
            peak_flops=123e12,
            watts=450,
            memory_gb=32,
            source="Patterson et al. (2021), Table 4; memory: Google Cloud's page",
        ),
    )
}
"""A few accelerators. The peaks without sparsity: datasheets also print twice that."""


def device_hours(flops: float, peak_flops: float, utilization: float) -> float:
    """Return how many hours of one device a run takes.

    Args:
        flops: The arithmetic of the run.
        peak_flops: FLOPs that one device can do in a second.
        utilization: The share of the peak that is made use of. Llama 3 405B reports
            0.38 to 0.43.

    Raises:
        ValueError: If a number is not positive, or the utilization is above 1.

    Examples:
        Llama 2 7B, whose card reports 184,320 hours:

        >>> round(device_hours(6 * 6.738e9 * 2e12, 312e12, utilization=0.39))
        184583
    """
    _check(flops=flops, peak_flops=peak_flops, utilization=utilization)
    if utilization > 1:
        raise ValueError(f"utilization is a share of 1, got {utilization}")
    return flops / (peak_flops * utilization) / 3600


def energy_kwh(device_hours: float, watts: float, pue: float = 1.0) -> float:
    """Return the electricity of a run.

    Args:
        device_hours: Hours of one device.
        watts: What one device draws. Its greatest power gives an upper bound.
        pue: Power usage effectiveness: what the data centre draws for each unit that
            its computers draw: 1.58 on average in 2018 (Strubell et al. 2019), 1.1
            where GPT-3 was trained (Patterson et al. 2021).

    Raises:
        ValueError: If a number is not positive, or the PUE is below 1.

    Examples:
        >>> energy_kwh(1_082_990, watts=400)  # BLOOM
        433196.0
    """
    _check(device_hours=device_hours, watts=watts)
    if pue < 1:
        raise ValueError(f"pue is at least 1, got {pue}")
    return device_hours * watts / 1000 * pue


def carbon_kg(kwh: float, kg_per_kwh: float) -> float:
    """Return the CO2 equivalent of some electricity.

    Args:
        kwh: The electricity.
        kg_per_kwh: What the grid emits: 0.057 in France, 0.429 in the USA when GPT-3
            was trained.

    Raises:
        ValueError: If the electricity is not positive, or the intensity is negative.

    Examples:
        >>> round(carbon_kg(1_287_000, kg_per_kwh=0.429))  # GPT-3: 552.1 tonnes
        552123
    """
    _check(kwh=kwh)
    if kg_per_kwh < 0:
        raise ValueError(f"kg_per_kwh must not be negative, got {kg_per_kwh}")
    return kwh * kg_per_kwh


def dollars(device_hours: float, dollars_per_hour: float) -> float:
    """Return the rent of the devices.

    Args:
        device_hours: Hours of one device.
        dollars_per_hour: Rent of one device for one hour.

    Raises:
        ValueError: If a number is not positive.

    Examples:
        >>> dollars(2_788_000, dollars_per_hour=2)  # DeepSeek-V3, as its report says
        5576000
    """
    _check(device_hours=device_hours, dollars_per_hour=dollars_per_hour)
    return device_hours * dollars_per_hour


def _check(**named: float) -> None:
    for name, value in named.items():
        if value <= 0:
            raise ValueError(f"{name} must be positive, got {value}")
