"""How far n-grams stay above the exact entropy of the generated language.

    python benchmarks/ngrams.py [--megabytes 20] [--size small]

This is the baseline of the course: what a model of a few million weights has to
beat is what counting reaches in seconds. True and model nats are of the same
validation documents, each closed by its end, so their difference estimates the
divergence per document without the documents' own variance. Tokens that only the
validation documents have are in the vocabulary, with no count.
"""

import argparse
import re
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from llm_foundations.data import Language
from llm_foundations.data.stories.language import END
from llm_foundations.models import (
    AddK,
    KneserNey,
    NGramCounts,
    NGramModel,
    tuned_interpolation,
)
from llm_foundations.tokenizers import BPETokenizer

Split = Callable[[str], Sequence[str | int]]
N_VALIDATION = 1000


def some_documents(language: Language, n_characters: float) -> Iterator[str]:
    for document in language.documents("train"):
        if n_characters <= 0:
            return
        n_characters -= len(document) + 1
        yield document


def to_ids(
    documents: list[str], split: Split, ids: dict[str | int, int]
) -> list[list[int]]:
    return [
        [ids.setdefault(unit, len(ids)) for unit in split(document + END)]
        for document in documents
    ]


def compare(
    train: list[list[int]],
    validation: list[list[int]],
    vocab_size: int,
    true: np.ndarray,
) -> None:
    """Print a line for each length and smoothing."""
    n_tokens = np.mean([len(document) for document in validation])
    for n in (1, 2, 3, 5, 8):
        started = time.process_time()
        counts = NGramCounts(train, n, vocab_size)
        counted = time.process_time() - started
        rules = {
            "Kneser-Ney": KneserNey(),
            "Kneser-Ney 0.75": KneserNey(0.75),
            "interpolation": tuned_interpolation(counts, validation[N_VALIDATION:]),
            "add 0.01": AddK(0.01),
        }
        for name, rule in rules.items():
            model = NGramModel(n, vocab_size, rule).fit_counts(counts)
            scored = validation[:N_VALIDATION]
            nats = -np.array([model.log_probability(d) for d in scored])
            excess = nats - true
            error = excess.std(ddof=1) / len(excess) ** 0.5
            print(
                f"  n={n} {name:16} {nats.mean():7.2f} nats/document, "
                f"excess {excess.mean():6.2f} +- {1.96 * error:.2f}, "
                f"{excess.mean() / n_tokens:.4f} a token, {counted:.1f} cpu-s",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--size", default="small")
    options = parser.parse_args()
    language = Language(options.size)
    train = list(some_documents(language, options.megabytes * 1e6))
    validation = list(language.documents("validation", N_VALIDATION + 200))
    true = -np.array([language.log_probability(d) for d in validation[:N_VALIDATION]])
    print(f"{len(train)} training documents, {options.megabytes} MB")
    print(f"true: {true.mean():.2f} nats/document over {N_VALIDATION}")
    bpe = BPETokenizer.train(train[:5000], vocab_size=512, special_tokens=())
    units: dict[str, Split] = {
        "characters": list,
        "words": re.compile(r" ?\w+|[^\w]").findall,
        "BPE-512": bpe.encode,
    }
    for unit, split in units.items():
        ids: dict[str | int, int] = {}
        counted, held = (
            to_ids(documents, split, ids) for documents in (train, validation)
        )
        print(f"{unit}: {len(ids)} different")
        compare(counted, held, len(ids), true)


if __name__ == "__main__":
    main()
