"""Guards of what every lesson holds: front matter, headings, questions, exercises."""

import re

from scripts.tools.course import entries, info_line, is_finished
from scripts.tools.lesson import HEADINGS
from scripts.tools.pages import DOCS, ROOT, Block, Page

KEYS = ["title", "description", "minutes", "requires", "uses"]
# Until they are rewritten, lessons may keep the parts that they had. A new lesson has
# those of scripts/assets/lesson/page.md; what is asked of each part belongs here.
FIRST_EDITION = [
    *("You will be able to", "The idea", "By hand", "In code", "The shape of it"),
    *("In the package", "Where it breaks", "Check yourself", "Exercises"),
    "References",
]


def front_matter(page: Page) -> list[str]:
    """The five settings are there and of the right kind."""
    given = page.front_matter
    kinds = dict(zip(KEYS, (str, str, int, list, list), strict=True))
    kinds |= {} if is_finished(page) else {"minutes": str}
    bad = [f"front matter has {list(given)}, not {KEYS}"] if list(given) != KEYS else []
    for key, kind in kinds.items():
        if not isinstance(given.get(key), kind):
            bad.append(f"front matter: {key} is no {kind.__name__}")
    return bad


def headings(page: Page) -> list[str]:
    """Every lesson has the same parts in the same order, none empty."""
    top = [h.text for h in page.headings if h.level == 1]
    bad = []
    if top != [page.front_matter.get("title")]:
        bad.append(f"the first heading is {top}, not the title of the front matter")
    found = [h.text for h in page.headings if h.level == 2]
    if found not in (HEADINGS, FIRST_EDITION):
        bad.append(f"the headings are {found}, not {HEADINGS}")
    for title in found:
        first, last = page.section(title)
        if not "".join(page.lines[first:last]).strip():
            bad.append(f"line {first}: nothing below {title!r}")
    return bad


def opening(page: Page) -> list[str]:
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


def objectives(page: Page) -> list[str]:
    """Three to five things that the reader will be able to do."""
    first, last = page.section(HEADINGS[0])
    items = [line for line in page.lines[first:last] if re.match(r"[-*] \S", line)]
    if 3 <= len(items) <= 5:
        return []
    return [f"{len(items)} objectives: a lesson has 3 to 5"]


def questions(page: Page) -> list[str]:
    """Three folded questions, each with its answer."""
    first, last = page.section("Check yourself")
    asked = [d for d in page.details if first < d.line <= last]
    bad = [] if len(asked) == 3 else [f"{len(asked)} folded questions: there are 3"]
    for details in asked:
        answer = "\n".join(page.lines[details.line : details.end - 1])
        if not re.sub(r"<summary>.*?</summary>", "", answer, flags=re.S).strip():
            bad.append(f"line {details.line}: no answer below the question")
    return bad


def exercises(page: Page) -> list[str]:
    """Each exercise has a stub that calls its checker, and a folded solution."""
    parts = exercises_of(page)
    bad = [] if parts else ["there is no exercise"]
    for title, blocks in parts:
        stubs = [block for block in blocks if is_stub(block)]
        if len(stubs) != 1:
            bad.append(f"{title}: {len(stubs)} stubs call a checker: there is 1")
        elif "not written yet" not in (stubs[0].expected or stubs[0].fence).text:
            bad.append(f"{title}: the stub's output does not say 'not written yet'")
        if not any(block.details for block in blocks):
            bad.append(f"{title}: no folded solution")
    return bad


def exercises_of(page: Page) -> list[tuple[str, list[Block]]]:
    """The title and the blocks of each exercise."""
    first, last = page.section("Exercises")
    here = [h for h in page.headings if h.level == 3 and first < h.line <= last]
    ends = [h.line for h in here[1:]] + [last + 1]
    return [
        (h.text, [b for b in page.blocks if h.line < b.fence.line < end])
        for h, end in zip(here, ends, strict=False)
    ]


def is_stub(block: Block) -> bool:
    """Whether a block asks the reader to write a function, and calls its checker."""
    text = block.fence.text
    return "raise NotImplementedError" in text and bool(
        re.search(r"^check_", text, re.M)
    )


def extent(page: Page) -> list[str]:
    """A lesson is long enough to teach, short enough to finish, and has a figure."""
    # What breaks and what answers a question is shown in blocks of its own.
    breaks = page.section("Where it breaks")[0]
    teaching = [b for b in page.blocks if b.fence.line < breaks]
    words = len(page.prose.split())
    bad = []
    if not 1500 <= words <= 3000:
        bad.append(f"{words} words: a lesson has 1,500 to 3,000")
    if not 4 <= len(teaching) <= 10:
        bad.append(f"{len(teaching)} teaching blocks: a lesson has 4 to 10")
    if not any(block.draws for block in page.blocks):
        bad.append("no block draws a figure")
    return bad


def uses(page: Page) -> list[str]:
    """The modules exist, so that the reference can link back."""
    modules = page.front_matter.get("uses", [])
    return [f"uses: there is no module {m}" for m in modules if not _is_module(m)]


def imports(page: Page) -> list[str]:
    """A lesson imports from topics and subjects, so that modules may move."""
    pattern = r"^from (llm_foundations\.[\w.]+) import"
    return [
        f"line {block.fence.line}: import from a topic, not from {name}"
        for block in page.blocks
        for name in re.findall(pattern, block.fence.text, re.M)
        if not name.startswith("llm_foundations.exercises.")
        and not (ROOT / "src" / name.replace(".", "/")).is_dir()
    ]


def _is_module(name: str) -> bool:
    path = ROOT.joinpath("src", *name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def terms(page: Page) -> list[str]:
    """A lesson links the terms that it introduces to the glossary."""
    return [] if "glossary.md#" in page.text else ["no term is linked to the glossary"]


GUARDS = [
    *(front_matter, headings, opening, objectives, questions, exercises),
    *(extent, uses, imports, terms),
]
