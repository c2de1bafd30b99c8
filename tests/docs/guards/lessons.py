"""Guards of what every lesson holds: its parts in order, their form, their length."""

import re

from scripts.tools.course import entries, info_line, is_finished
from scripts.tools.lesson import HEADINGS, minutes_of, open_words
from scripts.tools.pages import (
    BREAKING,
    DOCS,
    DRAWING,
    LESSONS,
    ROOT,
    Block,
    Details,
    Page,
)
from scripts.tools.shares import SOLUTIONS, exercises_of

KEYS = ["title", "description", "minutes", "requires", "uses", "tags"]
OPTIONAL = {"By hand", "In the storyteller", "In real models"}
"""The parts that a lesson may leave out, where they make no sense."""
HARDEST = " (hardest)"
WORDS, OPENING_WORDS, OPEN_BLOCKS = (700, 2000), 250, 8
FOLD = '<details markdown="1"><summary>{}</summary>'


def front_matter(page: Page) -> list[str]:
    """The six settings are there and of the right kind; `search` may weigh a page."""
    given = {key: value for key, value in page.front_matter.items() if key != "search"}
    kinds = dict(zip(KEYS, (str, str, int, list, list, list), strict=True))
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
    if found != [
        title for title in HEADINGS if title in {*found} or title not in OPTIONAL
    ]:
        bad.append(
            f"the headings are {found}, not {HEADINGS}; a lesson may leave out only "
            f"{sorted(OPTIONAL)}"
        )
    for title in found:
        first, last = page.section(title)
        if not "".join(page.lines[first:last]).strip():
            bad.append(f"line {first}: nothing below {title!r}")
    return bad


def opening(page: Page) -> list[str]:
    """Below the title: the line of facts, something to look at, and a question."""
    first, last = _opening(page)
    shown = [line for line in page.lines[first - 1 : last] if line.strip()]
    wanted = info_line(page, entries(Page.read(DOCS / "map.md")))
    bad = []
    if shown[:1] != [wanted]:
        bad.append(f"the line below the title should be: {wanted}")
    if not _shows(page, first, last):
        bad.append(f"nothing to look at above {HEADINGS[0]!r}: put a picture there")
    if "?" not in open_prose(page, first, last):
        bad.append(f"no question above {HEADINGS[0]!r}: ask what the page answers")
    words = open_words(page, first, last)
    if words > OPENING_WORDS:
        bad.append(f"{words} words above {HEADINGS[0]!r}: at most {OPENING_WORDS}")
    return bad


def _opening(page: Page) -> tuple[int, int]:
    """The first and the last line between the title and the objectives."""
    title = next((h.line for h in page.headings if h.level == 1), 0)
    return title + 1, page.section(HEADINGS[0])[0] - 1


def _shows(page: Page, first: int, last: int) -> bool:
    """Whether there is an image, a diagram or a live figure between two lines."""
    seen = [image.line for image in page.images]
    seen += [fence.line for fence in page.fences if fence.info == "mermaid"]
    figure = re.compile(r"<(svg|figure|div|canvas|iframe|object)\b")
    seen += [t.map[0] + 1 for t in page.html if t.map and figure.search(t.content)]
    return any(first <= line <= last for line in seen)


def open_prose(page: Page, first: int, last: int) -> str:
    """What is read between two lines without unfolding anything."""
    return " ".join(
        paragraph.text
        for paragraph in page.paragraphs
        if first <= paragraph.line <= last and not paragraph.folded
    )


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


def hardest(page: Page) -> list[str]:
    """Three to six exercises, of which one is marked as the hardest."""
    titles = [title for title, _ in exercises_of(page)]
    marked = [title for title in titles if title.endswith(HARDEST)]
    bad = []
    if not 3 <= len(titles) <= 6:
        bad.append(f"{len(titles)} exercises: a lesson has 3 to 6")
    if len(marked) != 1:
        bad.append(
            f"{len(marked)} exercises are marked as the hardest: the heading of one "
            f"ends with {HARDEST!r}"
        )
    return bad


def solutions(page: Page) -> list[str]:
    """Each exercise has one fold with its solution, named so."""
    bad = []
    for title, blocks in exercises_of(page):
        folds = {b.details for b in blocks if b.details}
        named = [fold for fold in folds if fold.summary in SOLUTIONS]
        if len(named) != 1:
            bad.append(
                f"{title}: {len(named)} folds with code are named 'Solution' or "
                "'One solution': there is 1"
            )
    return bad


def is_stub(block: Block) -> bool:
    """Whether a block asks the reader to write a function, and calls its checker."""
    text = block.fence.text
    return "raise NotImplementedError" in text and bool(
        re.search(r"^check_", text, re.M)
    )


def minutes(page: Page) -> list[str]:
    """The minutes are those that words, code and exercises take, within a fifth."""
    said, takes = page.front_matter.get("minutes"), minutes_of(page)
    if isinstance(said, int) and abs(said - takes) <= takes / 5:
        return []
    return [f"minutes: {said}, but it takes {takes}: run scripts/lesson finish"]


def length(page: Page) -> list[str]:
    """A lesson is long enough to teach, and short enough to finish."""
    (least, most), words = WORDS, open_words(page)
    if least <= words <= most:
        return []
    advice = "fold or cut" if words > most else "say more"
    return [f"{words} open words: a lesson has {least} to {most:,}; {advice}"]


def open_blocks(page: Page) -> list[str]:
    """At most eight blocks stand open before something breaks."""
    breaks = page.section("Where it breaks")[0]
    shown = [b for b in page.blocks if not b.details and b.fence.line < breaks]
    if len(shown) <= OPEN_BLOCKS:
        return []
    return [
        f"{len(shown)} open blocks above 'Where it breaks': at most {OPEN_BLOCKS}; "
        "fold or drop the others"
    ]


def drawings(page: Page) -> list[str]:
    """What draws is folded below its figure, alone in its fold."""
    fold = FOLD.format(DRAWING)
    bad = [
        f"line {b.fence.line}: fold what draws: first the figure, then {fold}"
        for b in page.blocks
        if b.draws and not b.details
    ]
    for details in page.details:
        inside = blocks_in(page, details)
        named = details.summary == DRAWING
        if named and not any(block.draws for block in inside):
            bad.append(f"line {details.line}: no block in it draws the figure")
        elif (named or any(b.under_its_figure for b in inside)) and _more(page, inside):
            bad.append(f"line {details.line}: it holds more than the block that draws")
    return bad


def blocks_in(page: Page, details: Details) -> list[Block]:
    """The blocks of a folded part."""
    return [block for block in page.blocks if block.details == details]


def _more(page: Page, blocks: list[Block]) -> bool:
    """Whether there is more than one block in a fold, or words beside it."""
    fold = blocks[0].details
    lines = range(fold.line, fold.end) if fold else range(0)
    return len(blocks) > 1 or any(p.line in lines for p in page.paragraphs)


def breaks(page: Page) -> list[str]:
    """The code of a mistake is folded; its picture and its message stand open."""
    first, last = page.section("Where it breaks")
    here = [b for b in page.blocks if first < b.fence.line <= last]
    bad = [] if here else ["'Where it breaks' has no block that breaks something"]
    shown = _shown(page, first, last)
    for block in here:
        line = f"line {block.fence.line}:"
        if not block.details or block.details.summary not in (BREAKING, DRAWING):
            bad.append(f"{line} fold it: {FOLD.format(BREAKING)}")
        missing = [said for said in _messages(block) if _flat(said) not in shown]
        bad += [f"{line} say this above the fold, too: {said}" for said in missing]
    return bad


def _shown(page: Page, first: int, last: int) -> str:
    """What stands open between two lines: prose, and fences of text."""
    texts = [
        fence.text
        for fence in page.fences
        if first <= fence.line <= last and fence.info == "text"
        if not page.is_folded(fence.line)
    ]
    return _flat(" ".join([open_prose(page, first, last), *texts]))


def _messages(block: Block) -> list[str]:
    """What the errors say that a block prints."""
    printed = block.expected.text if block.expected else ""
    return re.findall(r"^\w*(?:Error|Exception|Warning): (.+)", printed, re.M)


def _flat(text: str) -> str:
    return " ".join(text.replace("`", "").split())


def deeper(page: Page) -> list[str]:
    """A first reader can do without all that is below 'Deeper': it is folded."""
    first, last = page.section("Deeper")
    bad = []
    for number in range(first + 1, last + 1):
        line = page.lines[number - 1].strip()
        if line and not page.is_folded(number) and not re.fullmatch("<!--.*-->", line):
            bad.append(f"line {number}: fold it: everything below 'Deeper' is folded")
    return bad


def what_next(page: Page) -> list[str]:
    """What was built, what is missing, and which lesson supplies it, with its link."""
    first, last = page.section("What you have now")
    said = [line for line in page.lines[first:last] if line.strip()]
    bad = []
    if not 3 <= len(said) <= 8:
        bad.append(f"{len(said)} lines below 'What you have now': there are 3 to 8")
    links = [target for line, target in page.links if first < line <= last]
    if not any(_is_lesson(page, target) for target in links):
        bad.append("'What you have now' links to no lesson: say which comes next")
    return bad


def _is_lesson(page: Page, target: str) -> bool:
    """Whether a link leads to another lesson, or to a lesson's row in the map."""
    name, _, row = target.partition("#")
    path = (page.path.parent / name).resolve()
    if path == DOCS / "map.md":
        return "/" in row and f"lessons/{row}" != page.name
    return bool(name) and LESSONS in path.parents and path != page.path


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


EVERY_EDITION = [front_matter, objectives, questions, exercises, uses, imports, terms]
GUARDS = [
    *(headings, opening, hardest, solutions, minutes, length, open_blocks),
    *(drawings, breaks, deeper, what_next),
]
