"""The command that writes stories of the language, or scores a file of them."""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
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
        lines: Documents, one a line.

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
    mean = f", {nats / legal:.3f} nats a legal document" if legal else ""
    yield f"legal: {legal} of {n}{mean}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m llm_foundations.data.stories.language",
        description="Write stories, one a line, or score a file of them.",
    )
    parser.add_argument("--size", choices=get_args(Size), default="small")
    parser.add_argument("--split", choices=get_args(Split), default="train")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--documents", type=int, default=10, metavar="N", help="how many to write"
    )
    parser.add_argument(
        "--score", metavar="FILE", help="score this file's lines instead; - is stdin"
    )
    return parser


def _output(options: argparse.Namespace) -> Iterator[str]:
    """Yield the lines that the command prints."""
    language = Language(options.size)
    if options.score is None:
        yield from language.documents(options.split, options.documents, options.seed)
        return
    source = sys.stdin.fileno() if options.score == "-" else options.score
    with open(source, encoding="utf-8", newline="\n") as lines:
        yield from scored(language, lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: The arguments; the process's own if None.

    Returns:
        The exit status: 0, or 2 if a number or a file is not usable.
    """
    options = _parser().parse_args(argv)
    lines = _output(options)
    try:
        while batch := list(islice(lines, 100)):
            sys.stdout.write("\n".join(batch) + "\n")
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough: leave without a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError) as error:
        name = "" if options.score is None else f"{options.score}: "
        sys.stderr.write(f"language: {name}{error}\n")
        return 2
    return 0
