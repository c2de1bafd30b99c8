"""The command `llm-foundations`: one verb a module, each imported when it is used."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

VERBS: dict[str, str] = {
    "count": "count the parameters of a model, part by part",
    "memory": "say what a model takes up, and whether it fits",
    "stories": "write stories of the course's language, or score a file of them",
    "train": "Train a language model on the generated stories.",
    "resume": "Go on with a run that was stopped or killed.",
    "generate": "Let a trained model write stories.",
    "evaluate": "Measure a trained model against the floor.",
}
"""Each verb and its line of help; `cli.<verb>` holds `add_arguments` and `run`."""


class Parser(argparse.ArgumentParser):
    """Answers a mistake in one line, as the verbs do."""

    def error(self, message: str) -> NoReturn:
        """Name the mistake and end with status 2."""
        self.exit(2, f"{self.prog}: {message} (--help says what there is)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the verb that the first argument names.

    A verb raises `ValueError` or `OSError` for what the caller got wrong; the
    message goes to standard error in one line. Who closes the pipe that a verb writes
    to, as `head` does, or presses Ctrl-C, is told nothing.

    Args:
        argv: The arguments, without the command's name; the process's own if None.

    Returns:
        The exit status: what the verb says or 0, 2 after a caller's mistake, and what
        a shell says of a program that was ended by a closed pipe (141) or by Ctrl-C
        (130).
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _run(arguments)
        print(end="", flush=True)  # so that what cannot be written is noticed here
        return status
    except BrokenPipeError:
        return 141
    except KeyboardInterrupt:
        return 130
    except (ValueError, OSError) as error:
        print(f"llm-foundations {arguments[0]}: {error}", file=sys.stderr)
        return 2
    finally:
        _drop_what_nobody_reads()


def _run(arguments: list[str]) -> int:
    parser = Parser(prog="llm-foundations")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, summary in VERBS.items():
        subparser = verbs.add_parser(verb, help=summary, description=summary)
        if arguments[:1] == [verb]:
            module = importlib.import_module(f"llm_foundations.cli.{verb}")
            module.add_arguments(subparser)
    options = parser.parse_args(arguments)
    module = importlib.import_module(f"llm_foundations.cli.{options.verb}")
    return int(module.run(options) or 0)


def _drop_what_nobody_reads() -> None:
    """Keep Python from failing on the rest of the output once more, at its exit."""
    try:
        print(end="", flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
