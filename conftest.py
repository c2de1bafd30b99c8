"""Run every test and every Markdown block from an honest, isolated start."""

import os
import random
from collections.abc import Iterator

import pytest
import torch


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Un-seed first, so a block that forgets to seed cannot pass by luck."""
    random.seed()
    torch.seed()
    directory, environment = os.getcwd(), dict(os.environ)
    dtype, threads = torch.get_default_dtype(), torch.get_num_threads()
    try:
        return (yield)
    finally:
        os.chdir(directory)
        os.environ.clear()
        os.environ.update(environment)
        torch.set_default_dtype(dtype)
        torch.set_num_threads(threads)
