"""The page of verification states bounds that hold, now and in its record."""

import json
import re

import pytest

from tests.models.verification import RECORD, ROWS, measured

pytestmark = pytest.mark.unseen

PAGE = RECORD.with_suffix(".md").read_text()
COLUMNS = ("logits", "loss", "gradients", "generation")


def bounds(row: str) -> dict[str, float]:
    """What the page promises: its cells are a bound, or 0 for no difference."""
    line = re.search(rf"^\| {re.escape(row)} \|(.*)\|$", PAGE, re.MULTILINE)
    assert line, f"the page has no row for {row}"
    cells = [cell.strip(" <") for cell in line[1].split("|")]
    named = zip(COLUMNS, cells, strict=True)
    return {name: float(cell) for name, cell in named if cell[0].isdigit()}


@pytest.mark.parametrize("row", ROWS)
def test_the_bounds_hold_now_and_in_the_record(row: str) -> None:
    promised = bounds(row)
    for cells in (measured(row), json.loads(RECORD.read_text())[row]):
        assert cells.keys() == promised.keys()
        for name, bound in promised.items():
            assert cells[name] <= bound, f"{name}: {cells[name]} against {bound}"
