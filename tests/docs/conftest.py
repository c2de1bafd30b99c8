"""The bad pages are material for the guards, not blocks to run."""

from pathlib import Path

import pytest

collect_ignore = ["bad"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say that these tests read pages as data."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.unseen)
