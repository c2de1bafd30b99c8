"""What importing the light topics costs above an interpreter that does nothing.

Run it from the root of the repository, on a machine that has nothing else to do:

    python -m benchmarks.import_time
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from llm_foundations.accounting import count_parameters
from llm_foundations.facts import find_model

RUNS = 20
NOTHING = "pass"
IMPORTS = {
    "facts, accounting": "import llm_foundations.accounting, llm_foundations.facts",
    "the same, and a count": (
        "from llm_foundations.accounting import count_parameters\n"
        "from llm_foundations.facts import find_model\n"
        "count_parameters(find_model('Llama 2 70B'))"
    ),
}


def milliseconds(code: str) -> float:
    """Run some code in a new interpreter and return how long that took."""
    source = Path(__file__).parents[1] / "src"
    environment = {**os.environ, "PYTHONPATH": str(source)}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    return 1000 * (time.perf_counter() - start)


def main() -> None:
    """Print medians of interleaved runs, and the time of one count."""
    codes = {"nothing": NOTHING, **IMPORTS}
    taken: dict[str, list[float]] = {name: [] for name in codes}
    for _ in range(RUNS):
        for name, code in codes.items():
            taken[name].append(milliseconds(code))
    base = statistics.median(taken["nothing"])
    print(f"nothing: {base:.0f} ms (median of {RUNS})")
    for name in IMPORTS:
        print(f"{name}: {statistics.median(taken[name]) - base:.0f} ms more")
    model = find_model("Llama 2 70B")
    counts = []
    for _ in range(100):
        start = time.perf_counter()
        count_parameters(model)
        counts.append(1000 * (time.perf_counter() - start))
    print(f"counting {model.name}: {statistics.median(counts):.2f} ms")


if __name__ == "__main__":
    main()
