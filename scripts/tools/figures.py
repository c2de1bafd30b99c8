"""Compare the figure that a block draws with the committed one."""

import re
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

TOLERANCE = 0.5
"""How far a coordinate may move, in points: less than a reader can see."""

_MADE_ID = re.compile(r"\b(image|[a-zA-Z]|C\w+_)[0-9a-f]{10}\b")
_NUMBER = re.compile(r"#[0-9a-f]{6}\b|-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
_PNG = "data:image/png;base64,"


def difference(old: str, new: str, *, structure_only: bool = False) -> str:
    """Say in what two SVG files differ.

    Words must be equal and numbers within `TOLERANCE`. For a figure of training,
    whose curve differs from machine to machine, `structure_only` compares which
    axes, lines and labels there are.

    Args:
        old: The committed file.
        new: What the block drew.
        structure_only: Whether numbers, tick labels among them, are ignored.

    Returns:
        The first difference; nothing if the two show the same.
    """
    view = _structure if structure_only else _everything
    left = view(ElementTree.fromstring(old))
    right = view(ElementTree.fromstring(new))
    for was, now in zip(left, right, strict=False):
        if not _same(was, now):
            return f"{_short(was)} became {_short(now)}"
    if len(left) != len(right):
        return f"{len(left)} parts became {len(right)}"
    return ""


def _everything(root: Element) -> list[str]:
    found = []
    for element in root.iter():
        found.append(f"<{_tag(element)}>")
        found += [f"{key} {element.attrib[key]}" for key in sorted(element.attrib)]
        found.append(f'"{(element.text or "").strip()}"')
    return found


def _structure(root: Element) -> list[str]:
    """The kinds of things in each pair of axes, and every text without a digit."""
    texts = [e.text or "" for e in root.iter() if _tag(e) == "text"]
    axes = [e for e in root.iter() if e.get("id", "").startswith("axes_")]
    kinds = [f"{e.get('id')} {' '.join(_kinds(e))}" for e in axes]
    return [_MADE_ID.sub("", kind) for kind in kinds] + [
        f'"{text}"' for text in texts if not re.search(r"\d", text)
    ]


def _kinds(axes: Element) -> Iterator[str]:
    for child in axes:
        yield re.sub(r"_\d+$", "", child.get("id", _tag(child)))


def _same(was: str, now: str) -> bool:
    if was.startswith('"') or was == now:  # what a reader reads is compared exactly
        return was == now
    if _PNG in was and _PNG in now:
        return _same_pixels(was, now)
    (words, numbers), (new_words, new_numbers) = _split(was), _split(now)
    pairs = zip(numbers, new_numbers, strict=False)
    return words == new_words and all(abs(a - b) <= TOLERANCE for a, b in pairs)


def _split(value: str) -> tuple[str, list[float]]:
    value = _MADE_ID.sub(r"\1", value)
    numbers = [n for found in _NUMBER.findall(value) for n in _values(found)]
    return _NUMBER.sub("0", value), numbers


def _values(found: str) -> list[float]:
    if found[0] != "#":
        return [float(found)]
    # A colour may move by four of its 255 steps, as its matrix moves by rounding.
    return [int(found[at : at + 2], 16) / 8 for at in (1, 3, 5)]


def _same_pixels(was: str, now: str) -> bool:
    import numpy as np
    from PIL import Image

    def pixels(value: str) -> "np.ndarray":
        data = b64decode(value.partition(_PNG)[2])
        return np.asarray(Image.open(BytesIO(data)).convert("RGBA"), dtype=int)

    left, right = pixels(was), pixels(now)
    return left.shape == right.shape and bool((abs(left - right) <= 4).all())


def _tag(element: Element) -> str:
    return element.tag.partition("}")[2] or element.tag


def _short(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:57]}..."
