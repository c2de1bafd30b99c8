"""Raw text from files of any size, and a labelled corpus that is dirty on purpose.

Files are read line by line, so none has to fit into memory: `.txt` holds one
document a line, `.jsonl` one JSON object a line with its text under `"text"`. Lines end
in LF or CR LF; a `.txt` file may also end them in CR alone.
Either may be compressed with gzip (`.gz`).
"""

import gzip
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from tqdm import tqdm

Source = str | os.PathLike[str] | Iterable[str] | Iterable[Mapping[str, object]]
"""A path, strings, or mappings such as the rows of a `datasets.Dataset`."""


@dataclass(frozen=True)
class LabelledDocument:
    """A document and what a person says about it."""

    id: str
    """Its name; copies are named after what they do to the original."""
    part: Literal["quality", "language", "duplicates", "personal"]
    """Which filter it was written for."""
    text: str
    """The document."""
    dirt: str | None = None
    """The kind of dirt, or None if a model should read it."""
    language: str = "en"
    """Its language, as an ISO 639-1 code."""
    duplicate_of: str | None = None
    """The id of the document that it copies."""
    duplicate: Literal["exact", "near"] | None = None
    """Whether the copy is exact once case, white space and accents are normalised."""
    personal: tuple[tuple[str, str], ...] = ()
    """Kind (`email`, `phone`, `ip`) and text of each piece, in order."""
    note: str | None = None
    """What makes it a hard case."""


def dirty_corpus() -> list[LabelledDocument]:
    """Return 169 documents written to try filters on, with their labels.

    Half of the cases are easy. The others are dirt that looks clean, and good
    text that looks like dirt: a song with a refrain, a recipe, a version number
    that could be an address. The labels were fixed before the filters were
    written. Personal data is fictitious, from the ranges reserved for examples.

    Examples:
        >>> documents = dirty_corpus()
        >>> len(documents), sum(d.dirt is not None for d in documents)
        (169, 53)
    """
    content = files("llm_foundations.data").joinpath("dirty_corpus.jsonl")
    with content.open(encoding="utf-8") as lines:
        return [_labelled(json.loads(line)) for line in lines]


def read_documents(
    source: Source, *, column: str = "text", progress: bool = False
) -> Iterator[str]:
    r"""Yield one document after another, holding one at a time.

    Args:
        source: Where the documents are.
        column: The field that holds the text, in JSON and in mappings.
        progress: Draw a bar on standard error: bytes read of a file, documents
            of anything else.

    Raises:
        ValueError: If the ending of a file is unknown, or a line cannot be read;
            the message names the file and the line.
        TypeError: If an item is neither a string nor a mapping.

    Examples:
        >>> list(read_documents([{"text": "One."}, {"text": "Two."}]))
        ['One.', 'Two.']
    """
    if isinstance(source, str | os.PathLike):
        return _read_file(Path(source), column, progress)
    return (
        _text_of(item, column, f"item {number}")
        for number, item in enumerate(tqdm(source, disable=not progress))
    )


def _read_file(path: Path, column: str, progress: bool) -> Iterator[str]:
    kind = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if kind not in (".txt", ".jsonl"):
        raise ValueError(f"{path} ends in none of .txt, .jsonl, .txt.gz, .jsonl.gz")
    for number, line in enumerate(_lines(path, progress), start=1):
        try:
            text = line.decode("utf-8").removesuffix("\n").removesuffix("\r")
            items = [json.loads(text)] if kind == ".jsonl" else text.split("\r")
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from error
        for item in items:
            yield _text_of(item, column, f"{path}, line {number}")


def _lines(path: Path, progress: bool) -> Iterator[bytes]:
    size = path.stat().st_size
    with (
        path.open("rb") as file,
        tqdm(total=size, unit="B", unit_scale=True, disable=not progress) as bar,
    ):
        stream = gzip.GzipFile(fileobj=file) if path.suffix == ".gz" else file
        for line in stream:
            bar.update(file.tell() - bar.n)
            yield line


def _text_of(item: object, column: str, where: str) -> str:
    if isinstance(item, Mapping):
        if column not in item:
            raise ValueError(f"{where} has no {column!r}, only {sorted(item)}")
        item = item[column]
    if not isinstance(item, str):
        raise TypeError(f"{where}: expected a string, got {type(item).__name__}")
    return item


def _labelled(record: dict[str, object]) -> LabelledDocument:
    pieces = record.pop("personal", [])
    assert isinstance(pieces, list)
    return LabelledDocument(
        **record,  # type: ignore[arg-type]
        personal=tuple((kind, text) for kind, text in pieces),
    )
