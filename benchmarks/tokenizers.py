"""Our tokenizers beside tiktoken, Hugging Face's `tokenizers` and a naive BPE.

Run it from the root of the repository, on Linux, in this form (run as a file it
would hide the library of its name):

    python -m benchmarks.tokenizers

The stories are 5 MB of the course's language. The prose is this repository's
Markdown and the documentation strings of Python's standard library, which come with
every installation (PSF licence). Each number is from a process of its own with one
thread and nothing remembered: CPU seconds, the least of three interleaved rounds,
and the peak of memory above what was there before the work began. The naive BPE
recounts every pair of every different piece before each merge.
"""

import argparse
import ast
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import tiktoken
import tokenizers as library

from llm_foundations.tokenizers import (
    GPT2_PATTERN,
    BPETokenizer,
    Splitter,
    learn_merges_plainly,
    load_tokenizer,
    save_tokenizer,
)
from llm_foundations.tokenizers.special_tokens import count_between

ROUNDS = 3
STORY_CHARACTERS = 5_000_000
VOCAB_SIZES = {"stories": 1024, "prose": 4096}
NAIVE_VOCAB_SIZE = 512
ROOT = Path(__file__).parents[1]

Work = Callable[[], object]


def stories() -> Iterator[str]:
    """Five megabytes of documents."""
    from llm_foundations.data import Language

    written = 0
    for story in Language("small").documents("train"):
        yield story
        written += len(story)
        if written >= STORY_CHARACTERS:
            return


def prose() -> Iterator[str]:
    """What people wrote: our pages, and how Python documents itself."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    yield from (page.read_text(encoding="utf-8") for page in pages)
    for path in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")):
        if not {"site-packages", "test", "tests", "lib2to3"} & set(path.parts):
            yield from docstrings(path)


def docstrings(path: Path) -> Iterator[str]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, documented) and (text := ast.get_docstring(node)):
            yield text


def library_training(texts: list[str], vocab_size: int) -> library.Tokenizer:
    tokenizer = library.Tokenizer(library.models.BPE())
    byte_level = library.pre_tokenizers.ByteLevel
    tokenizer.pre_tokenizer = byte_level(add_prefix_space=False)
    trainer = library.trainers.BpeTrainer(
        vocab_size=vocab_size,
        initial_alphabet=byte_level.alphabet(),
        special_tokens=["<|endoftext|>"],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def naive_training(texts: list[str], vocab_size: int) -> object:
    counts = count_between((), texts, Splitter(GPT2_PATTERN).split)
    return learn_merges_plainly(counts, vocab_size - 1)


def train(texts: list[str], name: str, folder: Path) -> dict[str, Work]:
    size = VOCAB_SIZES[name]
    return {
        "ours": lambda: BPETokenizer.train(texts, size),
        "tokenizers": lambda: library_training(texts, size),
    }


def train_512(texts: list[str], name: str, folder: Path) -> dict[str, Work]:
    return {
        "ours": lambda: BPETokenizer.train(texts, NAIVE_VOCAB_SIZE),
        "tokenizers": lambda: library_training(texts, NAIVE_VOCAB_SIZE),
        "naive": lambda: naive_training(texts, NAIVE_VOCAB_SIZE),
    }


def encode(texts: list[str], name: str, folder: Path) -> dict[str, Work]:
    ours = load_tokenizer(folder / name)
    assert isinstance(ours, BPETokenizer)
    theirs = library.Tokenizer.from_file(str(folder / name / "tokenizer.json"))
    openai = tiktoken.Encoding(
        name,
        pat_str=ours.pattern,
        mergeable_ranks=ours.vocabulary,
        special_tokens=ours.special_tokens,
    )
    return {
        "ours": lambda: [ours.encode(text) for text in texts],
        "ours, stream": lambda: [list(ours.encode_stream([t])) for t in texts],
        "tokenizers": lambda: [theirs.encode(text).ids for text in texts],
        "tokenizers, batch": lambda: [e.ids for e in theirs.encode_batch_fast(texts)],
        "tiktoken": lambda: [openai.encode(t, allowed_special="all") for t in texts],
    }


TASKS = {"train": train, "train 512": train_512, "encode": encode}


def memory(field: str) -> float:
    """One of this process's measures of memory, in megabytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"the system does not tell {field}")


def measure(folder: Path, name: str, task: str, way: str) -> dict[str, float | int]:
    """In a process of its own: do one piece of work, and say what it took."""
    texts = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    work = TASKS[task](texts, name, folder)[way]
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts here
    before, start = memory("VmRSS"), time.process_time()
    result = work()
    seconds = time.process_time() - start
    taken = {"seconds": seconds, "megabytes": memory("VmHWM") - before}
    if task == "encode":
        assert isinstance(result, list)
        taken["checksum"] = hash(tuple(i for ids in result for i in ids))
    return taken


def in_new_process(folder: Path, *arguments: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.tokenizers", "--measure", str(folder)]
    threads = {"RAYON_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(
        [*command, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | threads,
        cwd=ROOT,
    )
    taken: dict[str, float] = json.loads(done.stdout)
    return taken


def compare(folder: Path, name: str, task: str, ways: list[str], size: float) -> None:
    """Print one table: each way beside `tokenizers`."""
    rounds = [
        {way: in_new_process(folder, name, task, way) for way in ways}
        for _ in range(ROUNDS)
    ]
    assert len({taken.get("checksum") for r in rounds for taken in r.values()}) == 1
    best = {way: min(r[way]["seconds"] for r in rounds) for way in ways}
    peak = {way: max(r[way]["megabytes"] for r in rounds) for way in ways}
    print(f"\n{name}, {task} ({size:.1f} MB)")
    for way in ways:
        print(
            f"  {way:18} {best[way]:8.3f} s {size / best[way]:7.1f} MB/s"
            f"  speed x{best['tokenizers'] / best[way]:<8.3g} {peak[way]:6.0f} MB"
            f"  memory x{peak[way] / max(1, peak['tokenizers']):.2g}"
        )


def prepare(
    folder: Path, name: str, texts: list[str], tokenizer: BPETokenizer
) -> float:
    """Write the text and its tokenizer for other processes; return the megabytes."""
    (folder / f"{name}.json").write_text(json.dumps(texts), encoding="utf-8")
    save_tokenizer(tokenizer, folder / name)
    return sum(len(text.encode()) for text in texts) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        folder, *rest = arguments.measure
        print(json.dumps(measure(Path(folder), *rest)))
        return
    encoders = ["ours", "ours, stream", "tokenizers", "tokenizers, batch", "tiktoken"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, texts in {"stories": [*stories()], "prose": [*prose()]}.items():
            trained = BPETokenizer.train(texts, VOCAB_SIZES[kind])
            size = prepare(folder, kind, texts, trained)
            compare(folder, kind, "train", ["ours", "tokenizers"], size)
            compare(folder, kind, "train 512", ["ours", "tokenizers", "naive"], size)
            compare(folder, kind, "encode", encoders, size)
        # Tokens of 2, 4, ... 256 letters: eight rounds of merges over the whole run.
        doubling = BPETokenizer.train(["a" * 256], 1024)
        size = prepare(folder, "one letter", ["a" * 10_000_000], doubling)
        ways = ["ours", "tokenizers", "tiktoken"]
        compare(folder, "one letter", "encode", ways, size)


if __name__ == "__main__":
    main()
