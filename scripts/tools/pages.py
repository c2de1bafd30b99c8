"""Read a page of the course: front matter, headings, blocks, images, folded parts."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from markdown.extensions import toc
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LESSONS = DOCS / "lessons"

EXPECTED = "<!--pytest-codeblocks:expected-output-->"
"""What stands between a block and its expected output."""
DRAWING = "The code that draws this figure"
"""The summary of a folded block that only draws: its figure stands above the fold."""
BREAKING = "The code that breaks it"
"""The summary of a folded block that goes wrong: its figure stands above, too."""
_STRUCTURE = "<!--figure: structure-->"
_PARSER = MarkdownIt("commonmark").enable("table").use(front_matter_plugin)


@dataclass(frozen=True)
class Heading:
    """One heading; lines count from 1, here and below."""

    line: int
    level: int
    text: str


@dataclass(frozen=True)
class Image:
    """One image, with the emphasized line that follows it in its paragraph."""

    line: int
    end: int
    """The last line of its paragraph."""
    alt: str
    source: str
    caption: str


@dataclass(frozen=True)
class Paragraph:
    """One paragraph, heading, item or cell as it is read."""

    line: int
    text: str
    """Without marks, targets of links and alt texts."""
    words: str
    """The same without code."""
    folded: bool
    quoted: bool
    """Whether it stands in a block quotation."""


@dataclass(frozen=True)
class Fence:
    """One fence: what follows its marks, what it holds, from which line to which."""

    line: int
    end: int
    info: str
    marks: str
    text: str


@dataclass(frozen=True)
class Details:
    """One folded part, from the line that opens it to the line that closes it."""

    line: int
    end: int
    opening: str
    summary: str


@dataclass(frozen=True)
class Block:
    """One `python` fence, with what the page says about it."""

    fence: Fence
    expected: Fence | None
    image: Image | None
    structure_only: bool
    """Whether only the structure of its figure is compared."""
    details: Details | None
    """The folded part that it stands in."""

    @property
    def draws(self) -> bool:
        """Whether it shows a figure."""
        return "plt.show()" in self.fence.text

    @property
    def under_its_figure(self) -> bool:
        """Whether it draws the figure that stands above the fold that it is in."""
        fold, image = self.details, self.image
        return bool(self.draws and fold and image and image.line < fold.line)


class Page:
    """One Markdown page."""

    def __init__(self, text: str, path: Path = DOCS / "page.md") -> None:
        """Keep the text; `path` is where its links start from."""
        self.text, self.path = text, path
        self.lines = text.splitlines()
        self.tokens = _PARSER.parse(text)
        self.html = [t for t in self.tokens if t.type == "html_block"]

    @classmethod
    def read(cls, path: Path) -> "Page":
        """Read a file."""
        return cls(path.read_text(encoding="utf-8"), path)

    @property
    def name(self) -> str:
        """The path from `docs/`, without its ending: `lessons/layers/attention`."""
        return self.path.relative_to(DOCS).with_suffix("").as_posix()

    @cached_property
    def front_matter(self) -> dict[str, Any]:
        """The settings between the first two `---`; none if there are none."""
        first = [t for t in self.tokens[:1] if t.type == "front_matter"]
        return dict(yaml.safe_load(first[0].content) or {}) if first else {}

    @cached_property
    def headings(self) -> list[Heading]:
        """Every heading in order."""
        pairs = zip(self.tokens, self.tokens[1:], strict=False)
        return [
            Heading(_line(opening), int(opening.tag[1]), _text(inline))
            for opening, inline in pairs
            if opening.type == "heading_open"
        ]

    @cached_property
    def fences(self) -> list[Fence]:
        """Every fence in order, of any language."""
        return [
            Fence(_line(t), t.map[1], t.info, t.markup, t.content)
            for t in self.tokens
            if t.type == "fence" and t.map
        ]

    @cached_property
    def images(self) -> list[Image]:
        """Every image in order."""
        return [
            Image(
                *(_line(token), token.map[1]),
                *(child.content, str(child.attrs["src"]), _after(token, at)),
            )
            for token in self.tokens
            if token.map
            for at, child in enumerate(token.children or [])
            if child.type == "image"
        ]

    @cached_property
    def details(self) -> list[Details]:
        """Every folded part; they are not nested."""
        found: list[Details] = []
        opened: Token | None = None
        for token in self.html:
            if "<details" in token.content:
                opened = token
            if "</details>" in token.content and opened:
                found.append(_details(opened, token.map[1] if token.map else 0))
                opened = None
        return found

    def is_folded(self, line: int) -> bool:
        """Whether a line belongs to a folded part."""
        return any(part.line <= line <= part.end for part in self.details)

    @cached_property
    def paragraphs(self) -> list[Paragraph]:
        """Everything that is read, in order; no code blocks."""
        found, depth = [], 0
        for token in self.tokens:
            depth += token.nesting * token.type.startswith("blockquote")
            if token.type == "inline" and token.map:
                line = _line(token)
                read = _spoken(token), _spoken(token, code=False)
                found.append(Paragraph(line, *read, self.is_folded(line), depth > 0))
        return found

    @cached_property
    def blocks(self) -> list[Block]:
        """Every `python` fence in order."""
        fences = [fence for fence in self.fences if fence.info == "python"]
        ends = [*(fence.line for fence in fences[1:]), len(self.lines) + 1]
        return [self._block(f, end) for f, end in zip(fences, ends, strict=False)]

    def _block(self, fence: Fence, end: int) -> Block:
        folded = [d for d in self.details if d.line < fence.line < d.end]
        before = "".join(self.lines[: fence.line - 1]).rstrip()
        return Block(
            fence,
            expected=self._expected(fence),
            image=self._image(fence, end, folded),
            structure_only=before.endswith(_STRUCTURE),
            details=folded[0] if folded else None,
        )

    def _image(self, fence: Fence, end: int, folded: list[Details]) -> Image | None:
        """The image directly above a fold of drawing code, else the next image."""
        if folded and folded[0].summary in (DRAWING, BREAKING):
            return self._above.get(folded[0])
        taken = self._above.values()
        after = [i for i in self.images if fence.end < i.line < end and i not in taken]
        return after[0] if after else None

    @cached_property
    def _above(self) -> dict[Details, Image]:
        """The figure of each fold of drawing code: only empty lines stand between."""
        return {
            fold: image
            for fold in self.details
            for image in self.images
            if fold.summary in (DRAWING, BREAKING)
            and image.end < fold.line
            and not "".join(self.lines[image.end : fold.line - 1]).strip()
        }

    def _expected(self, fence: Fence) -> Fence | None:
        """The next fence, if nothing but the plugin's comment stands between."""
        for after in self.fences:
            if after.line > fence.end:
                between = "".join(self.lines[fence.end : after.line - 1]).strip()
                return after if between == EXPECTED else None
        return None

    @cached_property
    def links(self) -> list[tuple[int, str]]:
        """The line and the target of every link, and of every image."""
        return [
            (_line(token), str(child.attrs.get("href") or child.attrs.get("src")))
            for token in self.tokens
            for child in token.children or []
            if child.type in ("link_open", "image")
        ]

    @cached_property
    def ids(self) -> list[str]:
        """Every id that is set by hand."""
        said = "\n".join([self.prose, *(token.content for token in self.html)])
        return re.findall(r"(?:\bid=[\"']|\{[^}\n]*?#)([\w./-]+)", said)

    @cached_property
    def anchors(self) -> set[str]:
        """What a link to this page may name: its headings, and the ids set by hand."""
        taken: set[str] = set()
        slugs = {toc.unique(toc.slugify(h.text, "-"), taken) for h in self.headings}
        return slugs | set(self.ids)

    @cached_property
    def tables(self) -> list[list[list[str]]]:
        """Every table: rows of cells, the row of headings first."""
        found: list[list[list[str]]] = []
        for at, token in enumerate(self.tokens):
            if token.type == "table_open":
                found.append([])
            elif token.type == "tr_open":
                found[-1].append([])
            elif token.type in ("th_open", "td_open"):
                found[-1][-1].append(self.tokens[at + 1].content)
        return found

    def section(self, title: str) -> tuple[int, int]:
        """The first and the last line of a `##` section, heading included."""
        starts = [h.line for h in self.headings if h.level == 2]
        names = [h.text for h in self.headings if h.level == 2]
        if title not in names:
            return 0, 0
        at = names.index(title)
        return starts[at], [*starts, len(self.lines) + 1][at + 1] - 1

    @cached_property
    def prose(self) -> str:
        """What a reader reads: headings, paragraphs, lists, tables; no code."""
        return "\n".join(t.content for t in self.tokens if t.type == "inline")


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0


def _text(inline: Token) -> str:
    """What a reader sees of a line, without its marks."""
    return "".join(child.content for child in inline.children or [])


def _spoken(inline: Token, *, code: bool = True) -> str:
    read = ("text", "code_inline") if code else ("text",)
    return "".join(
        child.content if child.type in read else " " * child.type.endswith("break")
        for child in inline.children or []
    )


def _after(inline: Token, at: int) -> str:
    """The emphasized line directly below an image."""
    rest = (inline.children or [])[at + 1 :]
    if [token.type for token in rest[:2]] != ["softbreak", "em_open"]:
        return ""
    return "".join(token.content for token in rest[2:])


def _details(opened: Token, end: int) -> Details:
    opening = re.search(r"<details[^>]*>", opened.content)
    summary = re.search(r"<summary>(.*?)</summary>", opened.content, re.DOTALL)
    return Details(
        _line(opened),
        end,
        opening.group() if opening else "",
        summary.group(1).strip() if summary else "",
    )
