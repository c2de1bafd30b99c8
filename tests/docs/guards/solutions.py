"""Guard of the exercises: none can be done with the clipboard."""

from scripts.tools.pages import Page
from scripts.tools.shares import solution_shares

MOST = 0.5


def copied(page: Page) -> list[str]:
    """At most half of a solution's expressions stand above it on the page."""
    return [
        f"{title}: {share:.0%} of its solution stands above it: ask for a variant, a "
        "number by hand, a prediction, a repair or an experiment"
        for title, share in solution_shares(page).items()
        if share > MOST
    ]


GUARDS = [copied]
