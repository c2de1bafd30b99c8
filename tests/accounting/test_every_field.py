"""Every field of every known type, changed in turn, against what Transformers does.

The number of parameters and the windows of the cache must be equal, or the config
must be refused by name.
"""

import copy
from typing import Any

import pytest
from transformers import DynamicCache

from llm_foundations.accounting.architecture import Architecture
from llm_foundations.accounting.config_fields import HARMLESS, config_classes
from llm_foundations.accounting.huggingface import architecture_from_config
from llm_foundations.accounting.model_types import READERS
from llm_foundations.accounting.parameters import count_parameters
from llm_foundations.cli.count_check import Check, build_on_meta, built_parameters
from tests.accounting.tiny import CONFIGS, OUTSIDE, changes

KINDS = sorted(READERS)


def config_of(kind: str, **changed: Any) -> dict[str, Any]:
    return {**copy.deepcopy(CONFIGS[kind]), "model_type": kind, **changed}


def windows_built(model: Any) -> list[int]:
    layers = DynamicCache(config=model.config).layers
    return sorted(layer.sliding_window if layer.is_sliding else 0 for layer in layers)


def windows_counted(shape: Architecture) -> list[int]:
    n_local = shape.n_windowed_layers
    return sorted([0] * (shape.n_layers - n_local) + [shape.window] * n_local)


def outcome(config: dict[str, Any]) -> str:
    """`equal`, `different`, or why the config is refused here or by Transformers."""
    try:
        shape = architecture_from_config(config)
    except ValueError as error:
        return f"refused: {error}"
    try:
        model = build_on_meta(config)
    except ValueError as error:
        return f"cannot be built: {error}"
    if Check(count_parameters(shape).parts, built_parameters(model)).differing:
        return "different parameters"
    if shape.family == "decoder" and windows_counted(shape) != windows_built(model):
        return "different windows"
    return "equal"


@pytest.mark.parametrize("kind", KINDS)
def test_each_field_changed_or_left_out_is_as_in_transformers_or_refused(kind) -> None:
    assert outcome(config_of(kind)) == "equal"
    for name, value in changes(kind):
        said = outcome(config_of(kind, **{name: value}))
        case = f"{kind} with {name}={value!r}: {said}"
        if said.startswith("refused"):
            assert f"{name}'" in said or f"{name}=" in said, case
        elif said.startswith("cannot"):
            assert name in HARMLESS or name not in config_classes()[kind], case
        else:
            assert said == "equal", case


@pytest.mark.parametrize("kind", KINDS)
def test_each_field_left_out_has_its_default(kind: str) -> None:
    for name in CONFIGS[kind]:
        config = config_of(kind)
        del config[name]
        said = outcome(config)
        is_fine = said.startswith(("equal", "refused")) or name == "pad_token_id"
        assert is_fine, f"{kind} without {name}: {said}"


@pytest.mark.parametrize("kind", KINDS)
def test_fields_of_other_classes_are_ignored(kind: str) -> None:
    classes = config_classes()
    others = {name: row for rows in classes.values() for name, row in rows.items()}
    foreign = {
        name: not row[1] if row[0].startswith("bool") else row[1]
        for name, row in others.items()
        if name not in classes[kind] and name not in OUTSIDE and row[0] != "alias"
    }
    # Whoever has an encoder and a decoder takes any "decoder_..." for its decoder's.
    foreign = {n: v for n, v in foreign.items() if not n.startswith(("en", "de"))}
    assert len(foreign) > 30
    assert outcome(config_of(kind, **foreign)) == "equal"
