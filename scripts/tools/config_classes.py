"""Write down the fields of Transformers' config classes, which `accounting` reads.

Run it from the root of the repository when the pinned version of Transformers changes:

    python -m scripts.tools.config_classes
"""

import json
import types
import typing
from dataclasses import fields
from pathlib import Path
from typing import Any

from llm_foundations.accounting.model_types import READERS

PATH = Path("src/llm_foundations/accounting/config_classes.json")
COMMON = {
    *("transformers_version", "architectures", "dtype", "return_dict"),
    *("output_hidden_states", "chunk_size_feed_forward"),
    *("id2label", "label2id", "problem_type"),
}
"""Fields of every class that no count depends on, and whose type nothing checks."""
_KINDS = {type(None): "null", int: "int", float: "float", bool: "bool", str: "str"}


def kinds(annotation: Any) -> list[str]:  # noqa: ANN401 (any annotation)
    """Return the kinds of JSON values that an annotation allows.

    Args:
        annotation: A type, a union of types, or a string, which nothing checks.

    Examples:
        >>> kinds(int | list[int] | None)
        ['int', 'list[int]', 'null']
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return [kind for part in arguments for kind in kinds(part)]
    if annotation in _KINDS:
        return [_KINDS[annotation]]
    if origin is list:
        return [f"list[{kinds(arguments[0])[0]}]"]
    return ["dict"] if origin is dict or isinstance(annotation, type) else ["any"]


def table() -> dict[str, dict[str, tuple[str, Any]]]:
    """Return the fields of each class: their types and defaults, and their aliases."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    return {name: _fields(CONFIG_MAPPING[name]) for name in sorted(READERS)}


def _fields(config: Any) -> dict[str, tuple[str, Any]]:  # noqa: ANN401 (a class)
    rows = {
        f.name: (" | ".join(kinds(f.type)), f.default)
        for f in fields(config)
        if f.name not in COMMON
    }
    for name, field in config.attribute_map.items():
        alias, field = (name, field) if field in rows else (field, name)
        rows[alias] = ("alias", field)
    return rows


def text() -> str:
    """Return the content of the file, with one field in a line."""
    blocks = [
        f"{json.dumps(name)}: {{\n "
        + ",\n ".join(f"{json.dumps(n)}: {json.dumps(row)}" for n, row in rows.items())
        + "\n}"
        for name, rows in table().items()
    ]
    return "{\n" + ",\n".join(blocks) + "\n}\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
