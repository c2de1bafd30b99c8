"""The style sheet keeps long pages fast."""

import re

import pytest

from scripts.tools.pages import DOCS

SLOW = re.compile(
    r"(?:\.md-(?:content\w*|main\w*|typeset)|\*):has\([^{]*"  # asks a whole page
    r"|[~+] (?:\*|:(?:is|not)\()[^{]*"  # each sibling, of whatever kind
)


def slow_selectors(css: str) -> list[str]:
    """The selectors that style all of a page anew when a part of it changes."""
    return [found.strip() for found in SLOW.findall(css)]


def test_no_rule_asks_the_page_what_it_holds() -> None:
    # On the reference of the tokenizers, one such rule took 45 seconds of styling.
    assert slow_selectors((DOCS / "assets/css/look.css").read_text()) == []


@pytest.mark.parametrize(
    "selector",
    [
        ".md-content__inner:has(> .hero) > *",
        "*:has(> img)",
        "~ *",
        "+ :not(details, h2)",
    ],
)
def test_a_slow_selector_is_seen(selector: str) -> None:
    assert slow_selectors(f"{selector} {{ max-width: 100%; }}") == [selector]
