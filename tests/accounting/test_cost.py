import pytest

from llm_foundations.accounting.cost import (
    DEVICES,
    carbon_kg,
    device_hours,
    dollars,
    energy_kwh,
)


def test_the_steps_by_hand() -> None:
    hours = device_hours(3.6e18, peak_flops=1e15, utilization=0.5)
    assert hours == 2
    assert energy_kwh(hours, watts=500, pue=1.2) == pytest.approx(1.2)
    assert carbon_kg(1.2, kg_per_kwh=0.5) == pytest.approx(0.6)
    assert dollars(hours, dollars_per_hour=3) == 6


def test_llama_2_70b_as_its_card_says() -> None:
    # 1,720,320 hours at 400 W; 291.42 tonnes, so 0.4235 kg a kWh.
    kwh = energy_kwh(1_720_320, DEVICES["A100"].watts)
    assert carbon_kg(kwh, 0.4235) / 1000 == pytest.approx(291.42, rel=1e-3)


def test_every_device_has_its_source() -> None:
    assert set(DEVICES) == {"V100", "A100", "H100", "TPU v3"}
    for name, device in DEVICES.items():
        assert device.name == name
        assert device.source
        assert min(device.peak_flops, device.watts, device.memory_gb) > 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: device_hours(0, 1, 0.5), "flops must be positive, got 0"),
        (lambda: device_hours(1, 1, 1.5), "utilization is a share of 1, got 1.5"),
        (lambda: energy_kwh(1, -5), "watts must be positive, got -5"),
        (lambda: energy_kwh(1, 5, pue=0.9), "pue is at least 1, got 0.9"),
        (lambda: carbon_kg(0, 1), "kwh must be positive, got 0"),
        (lambda: carbon_kg(1, -1), "kg_per_kwh must not be negative, got -1"),
        (lambda: dollars(1, 0), "dollars_per_hour must be positive, got 0"),
    ],
)
def test_mistakes_are_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_grid_without_carbon_emits_none() -> None:
    assert carbon_kg(5, 0) == 0
