"""The public names of the package and their docstrings, read without importing it."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import griffe

from scripts.tools.pages import ROOT

SOURCE = ROOT / "src" / "llm_foundations"


@cache
def public(package: Path = SOURCE) -> dict[str, str]:
    """Return the docstring of every public module, class, function and attribute."""
    read = griffe.load(
        package.name, search_paths=[package.parent], docstring_parser="google"
    )
    assert isinstance(read, griffe.Module)
    return dict(_with_members(read))


def _with_members(owner: griffe.Object) -> Iterator[tuple[str, str]]:
    yield owner.path, _said(owner)
    for member in owner.members.values():
        if isinstance(member, griffe.Object) and _is_name(member):
            yield from _with_members(member)


def _is_name(member: griffe.Object) -> bool:
    """Whether it has a place in the reference.

    A type variable and `__len__` have none, nor has what a method assigns to `self`
    unless a docstring says what it is.
    """
    value = str(getattr(member, "value", ""))
    is_variable = value.startswith(("TypeVar(", "ParamSpec("))
    is_minor = member.is_special or is_variable or _is_state(member)
    return member.is_public and not is_minor


def _is_state(member: griffe.Object) -> bool:
    owner, line = member.parent, member.lineno or 0
    methods = owner.functions.values() if isinstance(owner, griffe.Class) else ()
    inside = any((m.lineno or 0) < line <= (m.endlineno or 0) for m in methods)
    return member.is_attribute and inside and not _said(member)


def _said(member: griffe.Object) -> str:
    """A docstring, or the line for an attribute in the docstring of its class."""
    if member.docstring or not member.parent or not member.parent.docstring:
        return member.docstring.value if member.docstring else ""
    sections = member.parent.docstring.parsed
    kinds = (griffe.DocstringSectionParameters, griffe.DocstringSectionAttributes)
    lines = [line for s in sections if isinstance(s, kinds) for line in s.value]
    return next((line.description for line in lines if line.name == member.name), "")
