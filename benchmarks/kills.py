"""Kill a training run fifty times, and compare its end with a quiet one's.

python -m benchmarks.kills [--kills 50]
"""

import argparse
import tempfile
from pathlib import Path

from tests.training.kill import main as killed

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    with tempfile.TemporaryDirectory() as folder:
        killed(parser.parse_args().kills, Path(folder))
