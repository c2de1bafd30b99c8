"""Guards of the language: the field's own words, in American spelling."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from textwrap import dedent

from scripts.tools.pages import DOCS, Block, Page
from tests.docs.guards.first_edition import FIRST_EDITION_LESSONS

_AN = r"(?:a|an|the|its|each|every|one)"
_VERB = r"(?:is|are|was|were|be|been)"
WORDS = {
    r"filling(?! in\b)|filled up": "padding, padded",
    r"likeness(?:es)?": "cosine similarity",
    r"(?:nats?|bits?|bytes?) an? (?:token|word|character|byte|number|second)": "per",
    r"(?:token|word)s an? (?:second(?! \w)|minute|hour|day)": "per",
    r"(?:two|three|four|five|eight|ten) a batch": "per batch",
    r"(?:takes?|took|taking|taken) (?:off|away)": "subtract",
    r"(?:powers? of|power) (?:e\b|\$e\$)|(?:whose|its) power is": "exponential",
    r"heads? that asks?": "query head",
    r"heads? that answers?": "key-value head",
    rf"hears of|{_VERB} heard of": "is influenced by; receptive field",
    r"even guess(?:es)?": "uniform distribution",
    rf"numbers? of {_AN} (?:\w+'s )?vector": "component, dimension, entry",
    rf"places? in {_AN} vector": "component, dimension, entry",
    rf"(?<!in )places? (?:of|in) {_AN} (?:word|token|sentence|sequence)": "position",
    r"(?:word|token)'s place|(?:table of|learned) places": "position",
    r"turn(?:s|ed|ing)? (?:the )?(?:query|queries|keys?)\b(?! into)": "rotate",
    rf"(?:query|queries|keys?) {_VERB} turned(?! into)": "rotated",
    r"turned matri(?:x|ces)": "transposed",
    rf"(?:two|both|either) parts of {_AN} block": "sublayers",
    r"numbers? inside (?:a|the) feed-forward": "hidden size, intermediate size",
    r"step sizes?": "learning rate",
    r"kinds of numbers?": "dtypes, number formats",
    r"truth values?": "booleans",
    r"tables? of words": "embedding matrix",
    r"stands? on (?:each other|one another)": "stacked",
    r"cuts? off|cutting off": "truncated",
    r"way forth": "forward pass",
}
"""What is never right in a lesson, and the field's own word for it."""

_SPELLING = files("codespell_lib") / "data" / "dictionary_en-GB_to_en-US.txt"
_QUOTING = {"about/from_the_notes", "about/storyteller"}
"""These pages quote whole tables from what is written in British English."""
_FINE = {"dialogue", "dialogues"}
_MORE = {
    **{"learnt": "learned", "whilst": "while", "amongst": "among", "maths": "math"},
    **{"travelled": "traveled", "travelling": "traveling", "theatre": "theater"},
    **{"cosy": "cozy", "greyscale": "grayscale", "theatres": "theaters"},
}
_OUR = re.compile(r"((?:col|behavi|neighb|fav|hon|lab|harb|rum|hum|flav)o)u(?=r)")
_ISE = re.compile(
    r"((?:tokeni|quanti|factori|discreti|lineari|binari|randomi|paralleli|seriali"
    r"|orthogonali|contextuali|penali))s(?=e|ing|ation)"
)


def words(page: Page) -> list[str]:
    """The field's own words, and none of a private vocabulary."""
    return [
        f"line {line}: {found.group()!r}: write {better!r}"
        for line, text in prose(page)
        for pattern, better in WORDS.items()
        for found in re.finditer(rf"\b(?:{pattern})\b", text, re.I)
    ]


def spelling(page: Page) -> list[str]:
    """American spelling, but in quotations: the stories have their own."""
    exempt = {*_QUOTING, *(f"lessons/{name}" for name in FIRST_EDITION_LESSONS)}
    if page.path.is_relative_to(DOCS) and page.name in exempt:
        return []
    said = [(line, _unquoted(text)) for line, text in prose(page)]
    said += [said for block in page.blocks for said in _in_code(block)]
    return [
        f"line {line}: {word}: in American English {american(word)}"
        for line, text in said
        for word in re.findall(r"[^\W\d_]+", text)
        if american(word) != word.lower()
    ]


def american(word: str) -> str:
    """The American spelling of a word, in small letters."""
    small = word.lower()
    known = _british().get(small, small)
    return _ISE.sub(r"\1z", _OUR.sub(r"\1", known))


@cache
def _british() -> dict[str, str]:
    lines = _SPELLING.read_text(encoding="utf-8").split()
    known = dict(line.split("->") for line in lines if "->" in line)
    return {
        british: us for british, us in known.items() if british not in _FINE
    } | _MORE


def prose(page: Page) -> Iterator[tuple[int, str]]:
    """What is written in words, by line: no code, no quotations, no references.

    These are titles, paragraphs, captions, tables, alt texts and summaries.
    """
    first, last = page.section("References")
    said = [
        (1, str(page.front_matter.get(key, ""))) for key in ("title", "description")
    ]
    said += [(p.line, p.words) for p in page.paragraphs if not p.quoted]
    said += [(image.line, image.alt) for image in page.images]
    said += [(d.line, re.sub("<[^>]+>", "", d.summary)) for d in page.details]
    for line, text in sorted(said):
        if not first <= line <= last:
            yield line, text


def _unquoted(text: str) -> str:
    """A text without formulas, and without what stands between quotation marks."""
    return re.sub(r"\$[^$]*\$|\"[^\"]*\"|“[^”]*”", " ", text)


def _in_code(block: Block) -> Iterator[tuple[int, str]]:
    """The comments of a block, its docstrings and the names that it gives, by line."""
    text, above = dedent(block.fence.text), block.fence.line  # a lab quotes methods
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        docstring = token.type == tokenize.STRING and token.line.strip()[:3] == '"""'
        if docstring or token.type == tokenize.COMMENT:
            yield above + token.start[0], token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield above + node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield above + node.lineno, node.arg
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield above + node.lineno, node.name


GUARDS = [words]
EVERYWHERE = [spelling]
