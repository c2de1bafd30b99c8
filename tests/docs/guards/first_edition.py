"""Guards of the lessons that are not rewritten yet: what they were held to before.

Whoever rewrites a lesson deletes its name below; with the last name goes this file.
"""

from scripts.tools.course import FACTS, entries, info_line
from scripts.tools.lesson import HEADINGS
from scripts.tools.pages import DOCS, Page

FIRST_EDITION_LESSONS = (
    "layers/positions",
    "layers/feed_forward",
    "layers/normalization",
    "layers/block",
    "layers/experts",
    "models/llama",
    "models/encoder_decoder",
    "models/pretrained",
)
FIRST_EDITION = [
    *("You will be able to", "The idea", "By hand", "In code", "The shape of it"),
    *("In the package", "Where it breaks", "Check yourself", "Exercises"),
    "References",
]


def is_first_edition(page: Page) -> bool:
    """Whether a lesson is on the list."""
    return page.name.removeprefix("lessons/") in FIRST_EDITION_LESSONS


def old_headings(page: Page) -> list[str]:
    """A lesson on the list has the old parts; a rewritten one leaves the list."""
    found = [h.text for h in page.headings if h.level == 2]
    if found == FIRST_EDITION:
        return []
    if set(found) & set(HEADINGS) - set(FIRST_EDITION):
        return ["it has the new headings: take it out of FIRST_EDITION_LESSONS"]
    return [f"the headings are {found}, not {FIRST_EDITION}"]


def old_opening(page: Page) -> list[str]:
    """Below the title: the line of facts, then the one question."""
    first = page.section(HEADINGS[0])[0]
    title = next((h.line for h in page.headings if h.level == 1), 0)
    above = [line for line in page.lines[title : first - 1] if line.strip()]
    wanted = info_line(page, entries(Page.read(DOCS / "map.md")))
    bad = []
    if above[:1] != [wanted]:
        bad.append(f"the line below the title should be: {wanted}")
    picture = len(above) > 2 and above[2].startswith("![")
    if len(above) < 2 or not above[1].endswith("?") or (above[2:] and not picture):
        bad.append("one question, in one sentence, stands before the objectives")
    return bad


def extent(page: Page) -> list[str]:
    """A lesson is long enough to teach, short enough to finish, and has a figure."""
    # What breaks and what answers a question is shown in blocks of its own.
    breaks = page.section("Where it breaks")[0]
    teaching = [b for b in page.blocks if b.fence.line < breaks]
    words = len(FACTS.sub("", page.prose).split())
    bad = []
    if not 1500 <= words <= 3000:
        bad.append(f"{words} words: a lesson has 1,500 to 3,000")
    if not 4 <= len(teaching) <= 10:
        bad.append(f"{len(teaching)} teaching blocks: a lesson has 4 to 10")
    if not any(block.draws for block in page.blocks):
        bad.append("no block draws a figure")
    return bad


GUARDS = [old_headings, old_opening, extent]
