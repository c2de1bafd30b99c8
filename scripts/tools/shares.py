"""How much of each exercise's solution stands on its page already.

`scripts/lesson shares layers/attention` prints it for every exercise.
"""

import ast
import builtins
from collections.abc import Iterable, Iterator
from copy import deepcopy

from scripts.tools.pages import Block, Page

SOLUTIONS = ("Solution", "One solution")
_KINDS = (
    *(ast.Call, ast.BinOp, ast.BoolOp, ast.Compare, ast.Subscript, ast.IfExp),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
_LEAST = 4
"""Expressions of fewer parts, such as `x * y` and `x[0]`, stand everywhere."""


def solution_shares(page: Page) -> dict[str, float]:
    """Return which share of each solution's expressions stands above it, by exercise.

    The expressions are those of the solution's function bodies, each with all that it
    consists of. Names of the reader's own count as equal wherever they stand in the
    same order, so that renaming makes nothing new; imported and built-in names do not.
    Above are all blocks of the page, folded or open, stubs and other solutions too. A
    solution without expressions, such as a list of numbers, has a share of 0.
    """
    shares = {}
    for title, blocks in exercises_of(page):
        solution = [b for b in blocks if b.details and b.details.summary in SOLUTIONS]
        if solution:
            line = solution[0].fence.line
            above = [b for b in page.blocks if b.fence.line < line]
            seen = set(_expressions(above, whole=True))
            new = [*_expressions(solution, whole=False)]
            shares[title] = sum(e in seen for e in new) / max(1, len(new))
    return shares


def exercises_of(page: Page) -> list[tuple[str, list[Block]]]:
    """Return the title and the blocks of each exercise."""
    first, last = page.section("Exercises")
    here = [h for h in page.headings if h.level == 3 and first < h.line <= last]
    ends = [h.line for h in here[1:]] + [last + 1]
    return [
        (h.text, [b for b in page.blocks if h.line < b.fence.line < end])
        for h, end in zip(here, ends, strict=False)
    ]


def _expressions(blocks: Iterable[Block], *, whole: bool) -> Iterator[str]:
    """The expressions of some blocks, or of their function bodies only."""
    for block in blocks:
        tree = ast.parse(block.fence.text)
        names = _known(tree)
        for node in _nodes(tree, whole=whole):
            if isinstance(node, _KINDS) and _size(node) >= _LEAST:
                yield _normalized(node, names)


def _nodes(tree: ast.Module, *, whole: bool) -> Iterator[ast.AST]:
    if whole:
        yield from ast.walk(tree)
        return
    outer = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    inner = {n for f in outer for n in ast.walk(f) if n is not f}
    for function in outer:
        if function not in inner:
            for statement in function.body:
                yield from ast.walk(statement)


def _size(node: ast.AST) -> int:
    return sum(isinstance(part, ast.expr) for part in ast.walk(node))


def _known(tree: ast.Module) -> dict[str, str]:
    """What imported and built-in names stand for, unless the block binds them anew."""
    known = {name: name for name in dir(builtins)}
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            start = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                known[alias.asname or alias.name] = f"{start}{alias.name}"
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
    return {name: full for name, full in known.items() if name not in bound}


def _normalized(node: ast.AST, known: dict[str, str]) -> str:
    """An expression with the reader's own names replaced by their order."""
    node, order = deepcopy(node), dict[str, str]()
    for part in ast.walk(node):
        key = {ast.Name: "id", ast.arg: "arg"}.get(type(part))
        if key:
            name = getattr(part, key)
            setattr(
                part, key, known.get(name) or order.setdefault(name, f"_{len(order)}")
            )
    return ast.unparse(node)
