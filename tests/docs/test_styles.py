"""The style sheet keeps long pages fast."""

import re

from scripts.tools.pages import DOCS


def slow_selectors(css: str) -> list[str]:
    """The selectors that ask the container of a whole page what it holds."""
    return re.findall(r"\.md-(?:content\w*|main\w*|typeset):has\([^{]*", css)


def test_no_rule_asks_the_page_what_it_holds() -> None:
    # On the reference of the tokenizers, one such rule took 45 seconds of styling.
    assert slow_selectors((DOCS / "assets/css/look.css").read_text()) == []


def test_a_slow_selector_is_seen() -> None:
    css = ".md-content__inner:has(> .hero) > * { max-width: 100%; }"
    assert slow_selectors(css) == [".md-content__inner:has(> .hero) > * "]
