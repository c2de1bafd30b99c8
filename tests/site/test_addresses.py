"""The repository's address stands in mkdocs.yml; pages that repeat it must agree."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETTING = re.compile(r'REPOSITORY, "(https://[^"]+)"')
PAGES = ["README.md", "docs/start.md", "CITATION.cff"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_the_repository_of_the_setting(page):
    (repository,) = SETTING.findall((ROOT / "mkdocs.yml").read_text())
    text = (ROOT / page).read_text()
    named = re.findall(r"https://github\.com/[\w.-]+/[\w.-]+", text)
    assert named
    assert set(named) == {repository}
