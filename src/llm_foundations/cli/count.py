"""`llm-foundations count`: the parameters of a model, part by part."""

import argparse
import csv
import sys
from pathlib import Path

from llm_foundations.accounting.architecture import Architecture
from llm_foundations.accounting.huggingface import load_config, read_config
from llm_foundations.accounting.parameters import count_parameters
from llm_foundations.facts.models import PublishedModel, find_model, published_models


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the verb understands.

    Args:
        parser: The verb's own parser.
    """
    parser.add_argument(
        "model", nargs="?", help="a published model, as 'Llama 2 7B', or a config.json"
    )
    parser.add_argument("--all", action="store_true", help="every model of the ledger")
    parser.add_argument(
        "--csv",
        action="store_true",
        help="with --all: the exact ones, as name,parameters",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="build a config.json with Transformers as well: status 1 if it differs",
    )


def run(options: argparse.Namespace) -> int:
    """Print the count that was asked for.

    Args:
        options: What the command line said.

    Returns:
        1 if `--check` finds that Transformers builds another number, otherwise 0.

    Raises:
        ValueError: If neither or both of a model and `--all` are given, the model is
            not known, not disclosed, or refused by Transformers.
        OSError: If a config cannot be read.
    """
    if options.all == (options.model is not None):
        raise ValueError("give a model or --all")
    if options.csv and not options.all:
        raise ValueError("--csv goes with --all")
    if options.check and (options.all or not is_config(options.model)):
        raise ValueError("--check goes with a config.json")
    if options.check:
        return _print_check(options.model)
    if options.csv:
        _print_csv()
    elif options.all:
        _print_all()
    else:
        _print_one(options.model)
    return 0


def is_config(text: str) -> bool:
    """Return whether a reader names a config file, and not a model of the ledger.

    Args:
        text: A name, or the path of a `config.json` or of the folder that holds it.
    """
    return text.endswith(".json") or Path(text).exists()


def find(text: str) -> PublishedModel | Architecture:
    """Return the model that a reader names: of the ledger, or of a config file.

    Args:
        text: A name, or the path of a `config.json` or of the folder that holds it.

    Raises:
        ValueError: If there is no such model, or the config cannot be understood.
        OSError: If the config cannot be read.
    """
    return read_config(_path(text)) if is_config(text) else find_model(text)


def _path(text: str) -> Path:
    return Path(text) / "config.json" if Path(text).is_dir() else Path(text)


def _print_check(text: str) -> int:
    from llm_foundations.cli.count_check import check_config, report

    config = load_config(_path(text))
    try:
        check = check_config(config)
    except ValueError as error:
        raise ValueError(f"{_path(text)}: {error}") from error
    _print_one(text)
    print(f"\n{report(check)}")
    return 1 if check.differing else 0


def _print_one(text: str) -> None:
    model = find(text)
    count = count_parameters(model)
    name = model.name if isinstance(model, PublishedModel) else text
    print(f"{name}: {'' if count.is_exact else 'about '}{count.total:,} parameters\n")
    for part, n in count.parts.items():
        print(f"  {part:12} {n:>19,} {n / count.total:>7.1%}")
    if count.active != count.total:
        print(f"\n  one token passes through {count.active:,} of them")
    if isinstance(model, PublishedModel):
        print(f"\nsource: {model.citation}")
    if not count.is_exact:
        print("approximate: not everything that matters is disclosed")
    family = model.arch if isinstance(model, PublishedModel) else model.family
    if family == "bert":
        print("\ncounted without the head of its pre-training")


def _print_csv() -> None:
    """Write the exact counts to standard output, and what is left out to the other."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["name", "parameters"])
    left_out = []
    for model in published_models():
        if model.countable == "yes":
            writer.writerow([model.name, count_parameters(model).total])
        elif model.countable == "approximate":
            left_out.append(model.name)
    print(f"left out, approximate: {', '.join(left_out)}", file=sys.stderr)


def _print_all() -> None:
    for model in published_models():
        if model.countable == "no":
            print(f"{model.name:22} {'undisclosed':>19}")
        else:
            count = count_parameters(model)
            about = "" if count.is_exact else "  approximate"
            print(f"{model.name:22} {count.total:>19,}{about}")
