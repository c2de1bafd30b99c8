"""Guards of what every page holds: fences, blocks, images, diagrams, folded parts."""

import ast
import code
import io
import re
import sys
from types import CodeType

from pytest_codeblocks import extract_from_buffer

from scripts.tools.pages import DRAWING, Block, Page

MAX_LINES, MAX_COLUMNS = 25, 88
WHERE = f"it follows the block, or stands directly above its fold, {DRAWING!r}"
LOOKS_LIKE_PYTHON = re.compile(r"^(import \w|from \S+ import |def \w|print\()", re.M)


def python_fences(page: Page) -> list[str]:
    """pytest-codeblocks runs ```python and passes over ```py in silence."""
    outputs = [block.expected for block in page.blocks]
    bad = []
    for fence in page.fences:
        spoken = "py" in fence.info.lower() and fence.info != "pycon"
        if spoken and (fence.marks, fence.info) != ("```", "python"):
            bad.append(
                f"line {fence.line}: write {fence.marks}{fence.info} as ```python"
            )
        elif fence.info in ("sh", "bash", "shell", "pycon"):
            bad.append(f"line {fence.line}: commands stand in console fences")
        elif not fence.info and fence not in outputs:
            bad.append(f"line {fence.line}: a fence without a language is no output")
        elif fence.info == "text" and LOOKS_LIKE_PYTHON.search(fence.text):
            bad.append(f"line {fence.line}: Python in a text fence is never run")
    return bad


def collected(page: Page) -> list[str]:
    """What the plugin collects is what a reader sees: no more, no less."""
    try:
        found = extract_from_buffer(io.StringIO(page.text))
    except RuntimeError as error:
        return [f"pytest-codeblocks: {error}"]
    run = {
        block.lineno: block.expected_output
        for block in found
        if block.syntax in ("python", "sh", "bash")
    }
    written = {b.fence.line: b.expected and b.expected.text for b in page.blocks}
    hidden = [
        f"line {n}: run, but hidden from the reader" for n in run if n not in written
    ]
    return hidden + [
        f"line {n}: {'its output is not compared' if n in run else 'not run'}"
        for n, output in written.items()
        if n not in run or run[n] != output
    ]


def directives(page: Page) -> list[str]:
    """No chained block, no expected failure, no skip without a good reason."""
    bad = []
    for token in page.html:
        words = set(re.findall(r"pytest-codeblocks:([a-z-]*[a-z])", token.content))
        others = words - {"expected-output"}
        bad += [f"{word}: a block stands alone and is run" for word in others]
        for mark, reason in re.findall(r"pytest\.mark\.(\w+)(.*?)-->", token.content):
            given = re.findall(r'reason="(.*?)"', reason)
            if mark not in ("skip", "skipif"):
                bad.append(f"{mark}: catch the error and print it")
            elif not given or len(given[0].split()) < 4:
                bad.append(f"{mark}: give a reason that a reader would accept")
    return bad


def checked(page: Page) -> list[str]:
    """Every block asserts, or prints with an expected output, or draws a figure."""
    bad = []
    for block in page.blocks:
        expected = bool(block.expected and block.expected.text)
        if not expected and _calls(block, "print"):
            bad.append(f"line {block.fence.line}: prints, and no output is expected")
        elif not (expected or block.draws or _asserts(block)):
            bad.append(f"line {block.fence.line}: the block checks nothing")
    return bad


def _calls(block: Block, start: str) -> bool:
    called = [n.func for n in ast.walk(_tree(block)) if isinstance(n, ast.Call)]
    return any(ast.unparse(f).rpartition(".")[2].startswith(start) for f in called)


def _asserts(block: Block) -> bool:
    nodes = ast.walk(_tree(block))
    return any(isinstance(n, ast.Assert) for n in nodes) or _calls(block, "assert_")


def _tree(block: Block) -> ast.AST:
    try:
        return ast.parse(block.fence.text)
    except SyntaxError:  # the run of the block says so, with the line
        return ast.Module([], [])


def sizes(page: Page) -> list[str]:
    """A block can be taken in at once, and does not scroll sideways."""
    bad = []
    for block in page.blocks:
        # An import that wraps is read as one line.
        text = re.sub(
            r"^(from \S+ import) \([^)]*\)", r"\1", block.fence.text, flags=re.M
        )
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > MAX_LINES:
            bad.append(f"line {block.fence.line}: {len(lines)} lines in one block")
        wide = [line for line in lines if len(line) > MAX_COLUMNS]
        bad += [f"line {block.fence.line}: {len(line)} columns" for line in wide]
    return bad


class Typed(code.InteractiveConsole):
    """Python's prompt, which reads line by line but runs nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = ""

    def runcode(self, code: CodeType) -> None:
        """Nothing: only what cannot be read matters."""

    def showsyntaxerror(self, filename: str | None = None, **_: object) -> None:
        self.refused = self.refused or str(sys.exception())


def pasted(page: Page) -> list[str]:
    """A block can be pasted at Python's prompt, where an empty line ends a body."""
    bad = []
    for block in page.blocks:
        prompt = Typed()
        for line in [*block.fence.text.splitlines(), ""]:
            prompt.push(line)
        if prompt.refused:
            bad.append(f"line {block.fence.line}: at the prompt: {prompt.refused}")
    return bad


def images(page: Page) -> list[str]:
    """Every image says in words what it shows, and has a caption line below."""
    bad = []
    for image in page.images:
        if len(image.alt.split()) < 3:
            bad.append(f"line {image.line}: the alt text does not say what is shown")
        if not image.caption and page.path.name != "README.md":
            bad.append(f"line {image.line}: no *caption* line below the image")
    if any(re.search(r"<img\b", token.content) for token in page.html):
        bad.append("an <img> tag: write ![alt](file)")
    return bad


def figures(page: Page) -> list[str]:
    """A figure is an .svg of its own below assets/figures, drawn by its block."""
    bad, seen = [], set()
    for block in page.blocks:
        if block.draws and block.image is None:
            bad.append(
                f"line {block.fence.line}: no image belongs to the figure: {WHERE}"
            )
        elif block.draws and block.image:
            name = block.image.source
            if not re.search(r"assets/figures/.+\.svg$", name):
                bad.append(f"line {block.image.line}: {name} is not in assets/figures")
            if name in seen:
                bad.append(f"line {block.image.line}: {name} is drawn twice")
            seen.add(name)
    return bad


def chart_style(page: Page) -> list[str]:
    """Every figure is drawn in the one style of the course."""
    drawn = [block for block in page.blocks if block.draws]
    return [
        f"line {block.fence.line}: draws without llm_foundations.plotting"
        for block in drawn
        if "from llm_foundations.plotting" not in block.fence.text
    ]


def diagrams(page: Page) -> list[str]:
    """A sentence after each Mermaid diagram says the same in words."""
    bad = []
    for at, token in enumerate(page.tokens):
        if token.type == "fence" and token.info == "mermaid":
            after = [t.type for t in page.tokens[at + 1 : at + 2]]
            if after != ["paragraph_open"]:
                bad.append(f"line {(token.map or [0])[0] + 1}: no sentence follows")
    return bad


def folded(page: Page) -> list[str]:
    """A folded part is `<details markdown="1">` with a summary: GitHub shows it too."""
    bad = []
    for details in page.details:
        if details.opening != '<details markdown="1">':
            bad.append(f'line {details.line}: write <details markdown="1">')
        if not details.summary:
            bad.append(f"line {details.line}: no <summary>")
    marked = re.finditer(r"^\s*(\?\?\?|!!!)", page.prose, re.M)
    return bad + [f"{m.group(1)}: GitHub shows its body as code" for m in marked]


GUARDS = [
    *(python_fences, collected, directives, checked, sizes, pasted),
    *(images, figures, chart_style, diagrams, folded),
]
