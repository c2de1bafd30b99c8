"""Guards of what GitHub shows: formulas as they are written, and no settings."""

import re

from markdown_it.token import Token

from scripts.tools.pages import Page

_FORMULA = re.compile(r"(?<!\\)(?:\$\$.+?\$\$|\$[^$]+?\$)", re.DOTALL)
_CODE = re.compile(r"(`+).+?\1", re.DOTALL)
_ESCAPE = re.compile(r"\\[!-/:-@\[-`{-~]")
_SETTINGS = re.compile(r"\{:? ?[.#][a-z][^}]*\}")
_TAG = "\0"


def formulas(page: Page) -> list[str]:
    """Every formula reaches MathJax on GitHub as it is written.

    GitHub reads a page as Markdown first: a backslash before punctuation is dropped,
    and `_` or `*` may become emphasis. It then opens no formula next to a letter.
    """
    return [
        f"line {token.map[0] + 1}: {formula}: {why}"
        for token in page.tokens
        if token.type == "inline" and token.map
        for formula, why in [*_changed(token), *_glued(token)]
    ]


def _changed(token: Token) -> list[tuple[str, str]]:
    """The formulas of a paragraph that Markdown changes, and why."""
    left, bad = _read(token), []
    for formula in _FORMULA.findall(_CODE.sub("`", token.content)):
        escape = _ESCAPE.search(formula)
        if escape:
            bad.append((formula, f"GitHub drops the backslash of {escape.group()}"))
        elif formula not in left:
            bad.append((formula, "GitHub reads a part of it as Markdown"))
    return bad


def _glued(token: Token) -> list[tuple[str, str]]:
    """The formulas of a paragraph that GitHub shows as dollars, and why."""
    text, bad = _read(token), []
    for found in _FORMULA.finditer(text):
        formula = found.group()
        before, after = text[: found.start()][-1:], text[found.end() :][:1]
        if before and not re.match(rf"[\s({_TAG}]", before):
            bad.append((formula, f"GitHub opens no formula after {before!r}"))
        if re.match(r"[\w`]", after):
            bad.append((formula, f"GitHub closes no formula before {after!r}"))
        if formula[1] != "$" and re.search(r"^\$\s|\s\$$", formula):
            bad.append((formula, "no space next to the dollar"))
    return bad


def _read(token: Token) -> str:
    """What Markdown leaves of a paragraph: its text, with a sign for each tag."""
    signs = {"softbreak": "\n", "hardbreak": "\n", "code_inline": "`"}
    return "".join(
        child.content if child.type == "text" else signs.get(child.type, _TAG)
        for child in token.children or []
    )


def attributes(page: Page) -> list[str]:
    """Nothing sets a class or an id in braces, which GitHub shows as text."""
    return [
        f"line {token.map[0] + 1}: {found}: GitHub shows it as text"
        for token in page.tokens
        if token.type == "inline" and token.map
        for found in _SETTINGS.findall(_read(token))
    ]


GUARDS = [formulas, attributes]
