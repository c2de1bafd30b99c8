"""The language at volume: its properties on 20 MB, its speed, its entropy table.

    python benchmarks/language.py

Times are CPU seconds of one process, so other work on the machine counts little.
"""

import argparse
import math
import statistics
import time
from collections.abc import Callable

from llm_foundations.data import Language, Story
from llm_foundations.data.stories.partition import split_of


def check(language: Language, volume: int) -> None:
    """Read back so many characters, and compare with what was written."""
    n = characters = 0
    texts = set[bytes]()
    for story in language.stories("train"):
        again = language.read(story.text)
        assert again.nats == story.nats, story.text
        surprisals = language.surprisals(story.text)
        assert math.isclose(math.fsum(surprisals), story.nats, rel_tol=1e-12)
        assert min(surprisals) >= 0
        assert split_of(story.text) == "train"
        assert again.questions == story.questions
        texts.add(story.text.encode())
        n, characters = n + 1, characters + len(story.text)
        if characters > volume:
            break
    other = sum(text.encode() in texts for text in language.documents("test", 2000))
    assert other == 0
    print(
        f"{n:,} stories, {characters / 1e6:.1f} MB: all read as written,"
        f" {n - len(texts)} came twice, none of 2,000 test stories among them"
    )


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def speeds(language: Language, n: int = 1500, rounds: int = 5) -> None:
    """Print megabytes a CPU second: the median of interleaved rounds, and the best."""
    stories: list[Story] = list(language.stories("train", n))
    megabytes = sum(len(story.text) + 1 for story in stories) / 1e6
    work: dict[str, Callable[[], object]] = {
        "write (train)": lambda: list(language.documents("train", n)),
        "score": lambda: [language.log_probability(s.text) for s in stories],
        "surprisal of every character": lambda: [
            language.surprisals(s.text) for s in stories
        ],
    }
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, job in work.items():
            times[name].append(seconds(job))
    for name, taken in times.items():
        median, best = statistics.median(taken), min(taken)
        print(
            f"| {name} | {megabytes / median:.2f} MB/s | {megabytes / best:.2f} MB/s |"
        )


def entropies(n: int) -> None:
    """Print the entropy of every size, for a document and for a character."""
    for size in ("tiny", "small", "large"):
        entropy = Language(size).entropy(n)
        bits = entropy.per_character / math.log(2)
        print(
            f"| {size} | {entropy.nats:.2f} ± {entropy.half_width:.2f}"
            f" | {entropy.characters:.0f} | {entropy.per_character:.4f} | {bits:.4f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--documents", type=int, default=10_000)
    options = parser.parse_args()
    language = Language("small")
    print("| work | median | best |\n|---|---|---|")
    speeds(language)
    print("\n| size | nats per document | characters | nats per character | bits |")
    print("|---|---|---|---|---|")
    entropies(options.documents)
    print()
    check(language, int(options.megabytes * 1e6))


if __name__ == "__main__":
    main()
