"""`llm-foundations stories`: write stories of the language, or score a file of them."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import get_args

from llm_foundations.data.stories.grammar import NotInLanguage
from llm_foundations.data.stories.language import Language
from llm_foundations.data.stories.partition import Split
from llm_foundations.data.stories.world import Size


def scored(language: Language, lines: Iterable[str]) -> Iterator[str]:
    """Say of each line how probable it is, or where it leaves the language.

    Args:
        language: What the lines should be in.
        lines: Documents, one per line.

    Yields:
        A line for each document: its nats, or its first illegal character (counted
        from 0) and what the language has there. Then one with the totals.
    """
    n = legal = 0
    nats = 0.0
    for line in lines:
        n += 1
        try:
            surprisal = -language.log_probability(line.rstrip("\r\n"))
        except NotInLanguage as stop:
            yield f"illegal at {stop}"
            continue
        legal, nats = legal + 1, nats + surprisal
        yield f"{surprisal:.3f}"
    mean = f", {nats / legal:.3f} nats per legal document" if legal else ""
    yield f"legal: {legal} of {n}{mean}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `stories` takes."""
    parser.add_argument("--size", choices=get_args(Size), default="small")
    parser.add_argument("--split", choices=get_args(Split), default="train")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--documents", type=int, default=10, metavar="N", help="how many to write"
    )
    parser.add_argument(
        "--score", metavar="FILE", help="score the lines of a file instead; - is stdin"
    )


def run(options: argparse.Namespace) -> int:
    """Print stories, one per line, or the score of each line of a file.

    Raises:
        ValueError: If the number of documents is negative, or the file is no text.
        OSError: If the file cannot be read.
    """
    lines = _output(options)
    try:
        while batch := list(islice(lines, 100)):
            sys.stdout.write("\n".join(batch) + "\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"{options.score}: {error}") from None
    return 0


def _output(options: argparse.Namespace) -> Iterator[str]:
    """Yield the lines that the command prints."""
    language = Language(options.size)
    if options.score is None:
        yield from language.documents(options.split, options.documents, options.seed)
        return
    source = sys.stdin.fileno() if options.score == "-" else options.score
    with open(source, encoding="utf-8", newline="\n") as lines:
        yield from scored(language, lines)
