"""Run every test and every Markdown block from an honest, isolated start."""

import os
import random
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from pytest_codeblocks.plugin import TestBlock

from scripts.tools import blocks, hub, shapes

os.environ["MPLBACKEND"] = "Agg"
# Tests run beside each other as processes. Two threads that wait for each other on a
# busy core can take a hundred times as long as one.
os.environ.setdefault("OMP_NUM_THREADS", "1")
hub.announce()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let scripts ask for new outputs."""
    parser.addoption(
        "--write-outputs",
        action="store_true",
        help="write into the pages what their blocks print and draw",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Hear of every block where the results come together, not in xdist's workers."""
    if not hasattr(config, "workerinput"):
        rewrite = config.getoption("--write-outputs")
        config.pluginmanager.register(blocks.Collector(rewrite=rewrite))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Isolate each test; give each Markdown block its figure and its output."""
    rewrite = item.config.getoption("--write-outputs")
    with ExitStack() as stack:
        stack.enter_context(isolated())
        if item.config.getoption("--jaxtyping-packages"):
            stack.enter_context(shapes.refusals_skipped(item.path))
        if isinstance(item, TestBlock):
            if hub.NAME in item.obj.code:
                hub.fill()
            if rewrite:
                stack.enter_context(blocks.printing(item))
            if block := blocks.drawing(item):
                show = blocks.showing(block, item.path, rewrite=rewrite)
                stack.enter_context(show)
        return (yield)


@contextmanager
def isolated() -> Iterator[None]:
    """Un-seed, so that nothing passes by luck; afterwards put everything back."""
    import numpy as np
    import torch

    random.seed()
    np.random.seed()
    torch.seed()
    directory, environment = os.getcwd(), dict(os.environ)
    dtype, threads = torch.get_default_dtype(), torch.get_num_threads()
    try:
        with torch.enable_grad():
            yield
    finally:
        os.chdir(directory)
        os.environ.clear()
        os.environ.update(environment)
        torch.set_default_dtype(dtype)
        torch.set_num_threads(threads)
        if "matplotlib" in sys.modules:
            _forget_figures()


def _forget_figures() -> None:
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    plt.close("all")
    mpl.rcdefaults()
