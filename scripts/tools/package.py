"""Read the package without importing it: its public names and their docstrings."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from scripts.tools.pages import ROOT

SOURCE = ROOT / "src" / "llm_foundations"
_DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@cache
def public() -> dict[str, str]:
    """Return the docstring of every public module, class, function and constant."""
    found: dict[str, str] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        name = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
        if path.stem != "__main__":
            found |= names_of(path.read_text(encoding="utf-8"), name)
    return found


def names_of(source: str, name: str) -> dict[str, str]:
    """Return what a module called `name` makes public; a package only itself."""
    tree = ast.parse(source)
    module = name.removesuffix(".__init__")
    members = _members(tree, name) if module == name else []
    return {module: ast.get_docstring(tree) or "", **dict(members)}


def _members(tree: ast.Module | ast.ClassDef, name: str) -> Iterator[tuple[str, str]]:
    for node, after in zip(tree.body, [*tree.body[1:], ast.Pass()], strict=True):
        if isinstance(node, _DEFINED):
            found, said = node.name, ast.get_docstring(node) or ""
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            found, said = _assigned(node), _attribute_docstring(tree, node, after)
        else:
            continue
        if not found.startswith("_") and not _is_minor(node):
            yield f"{name}.{found}", said
            if isinstance(node, ast.ClassDef):
                yield from _members(node, f"{name}.{found}")


def _assigned(node: ast.Assign | ast.AnnAssign) -> str:
    """The name that is assigned; none if it is not a plain one."""
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return target.id if isinstance(target, ast.Name) else "_"


def _attribute_docstring(
    tree: ast.Module | ast.ClassDef, node: ast.Assign | ast.AnnAssign, after: ast.stmt
) -> str:
    """A string right below an assignment, or a line of the class's own docstring."""
    if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
        return str(after.value.value)
    inside = isinstance(tree, ast.ClassDef) and ast.get_docstring(tree)
    line = re.search(rf"^ +{_assigned(node)}: (.+)", inside or "", re.MULTILINE)
    return line.group(1) if line else ""


def _is_minor(node: ast.stmt) -> bool:
    """An overload or a setter repeats its function; a type variable is no name."""
    marks = [ast.unparse(mark) for mark in getattr(node, "decorator_list", [])]
    value = ast.unparse(getattr(node, "value", None) or ast.Pass())
    minor = any(mark.endswith(("overload", ".setter")) for mark in marks)
    return minor or value.startswith(("TypeVar(", "ParamSpec("))
