"""Text that the tests of all tokenizers share."""

import statistics
import unicodedata
from pathlib import Path

import pytest


def _existed_in_unicode_3_2(character: str) -> bool:
    category = unicodedata.ucd_3_2_0.category(character)
    return category not in ("Cn", "Cs") and category == unicodedata.category(character)


@pytest.fixture(scope="session")
def prose() -> str:
    """Fifty kilobytes of English and Python."""
    return Path(statistics.__file__).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def old_characters() -> list[str]:
    """Characters on which all libraries agree, whatever Unicode version they know."""
    return [c for c in map(chr, range(0x110000)) if _existed_in_unicode_3_2(c)]


@pytest.fixture(scope="session")
def tricky() -> list[str]:
    """Texts on which tokenizers of other courses have failed."""
    return [
        "",
        " ",
        "\n",
        "a\n  ",
        "a\n  b",
        "  two  spaces ",
        "tab\tand\r\nline\n\n\nfeeds",
        "I'll DON'T we're 'x ' 's",
        "1234567 3.14 ½ ²",
        "\x00 null \x1c\x1d\x1e\x1f units \x85 \u2028 \ufeff",
        "e\u0301 \u0301 combining \u200d",
        "\N{FAMILY}\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1eb\U0001f1f7",
        "مرحبا بالعالم",
        "你好,世界",
        "नमस्ते",
        "\uffff\U0010ffff\ue000",
        "a" * 300,
        "<|endoftext|>inside<|endoftext|><|endof",
    ]
