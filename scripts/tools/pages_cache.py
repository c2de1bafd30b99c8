"""A hook of MkDocs: keep the HTML of each page in .cache/pages for the next build.

A page is made anew when anything has changed that its HTML is made from. What it has to
do with other pages (navigation, cross-references, anchors of links) is done by MkDocs
and its plugins in each build, so that `--strict` still sees it. A page that gave a
warning is not kept: the next build must give it too. The reference is kept as a whole:
what mkdocstrings knows of a name depends on the pages that it has rendered before.
"""

import hashlib
import logging
import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from jinja2 import Environment
from material.plugins.search.plugin import SearchIndex
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import CountHandler

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "pages"
SETTINGS = ("mkdocs*.yml", "scripts/tools/pages_cache.py")
PACKAGE = ("src/**/*.py", "scripts/templates/**/*")
MESSAGES = logging.getLogger("mkdocs")

made_from: dict[str, str] = {}
reference: dict[str, dict[str, Any]] = {}
fresh: dict[str, dict[str, Any]] = {}


def digest(*parts: object) -> str:
    """A name that only these texts, bytes and lists of them have."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def sources(patterns: tuple[str, ...]) -> list[tuple[str, bytes]]:
    """The names and the contents of files."""
    found = (path for pattern in patterns for path in sorted(ROOT.glob(pattern)))
    return [(str(path), path.read_bytes()) for path in found if path.is_file()]


def installed() -> list[str]:
    """The names of all packages, with their versions."""
    folders = [folder for folder in map(Path, sys.path) if folder.is_dir()]
    return sorted(info.name for f in folders for info in f.glob("*.dist-info"))


def load(name: str, key: str) -> object:
    """What was kept under this name, if it was made with this key and is whole."""
    with suppress(OSError):
        kept = (CACHE / name).read_bytes()
        if kept[:64] == digest(key, kept[64:]).encode():
            return pickle.loads(kept[64:])
    return None


def keep(name: str, key: str, made: object) -> None:
    """Put it where `load` finds it, whole: another build may run at the same time."""
    data = pickle.dumps(made)
    path = CACHE / name
    part = path.with_name(f"{path.name}.{os.getpid()}")
    with suppress(OSError):  # where nothing can be kept, everything is made anew
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(digest(key, data).encode() + data)
        part.replace(path)


def name_of_reference(config: MkDocsConfig) -> str:
    """The copy that is read without a server has other links."""
    return f"reference-{config.use_directory_urls}"


def on_files(files: Files, *, config: MkDocsConfig) -> None:
    """Note what the pages are made from, and keep the search index page by page."""
    settings = (sys.version, installed(), os.getcwd(), sources(SETTINGS))
    made_from["page"] = digest(settings, sorted(files.src_uris))
    asking = [page for page in sources(("docs/**/*.md",)) if b"::: " in page[1]]
    made_from["reference"] = digest(made_from["page"], asking, sources(PACKAGE))
    fresh.clear()
    reference.clear()
    reference.update(load(name_of_reference(config), made_from["reference"]) or {})
    index = config.plugins["material/search"].search_index
    index.add_entry_from_context = partial(add_to_index, index)


def on_pre_page(page: Page, *, config: MkDocsConfig, files: Files) -> None:
    """Have the page take its HTML from what was kept."""
    verbose = MESSAGES.isEnabledFor(logging.DEBUG)
    if not verbose and "render" not in vars(page):  # a lab has a render of its own
        page.render = partial(render, page)


def render(page: Page, config: MkDocsConfig, files: Files) -> None:
    """Do what `Page.render` does."""
    refers = "::: " in page.markdown
    key = digest(made_from["page"], page.url, page.markdown)
    name = f"{page.file.dest_uri}.page"
    if kept := reference.get(page.url) if refers else load(name, key):
        restore(page, config, files, **kept)
        return
    with counted() as warnings:
        made = record(page, config, files)
    if refers and not warnings.counts:
        fresh[page.url] = made
    elif not warnings.counts:
        keep(name, key, made)


def on_env(env: Environment, *, config: MkDocsConfig, files: Files) -> None:
    """Keep the reference if this build has made all of it without a warning."""
    pages = [file.page for file in files.documentation_pages()]
    skipped = any(page.markdown is None for page in pages)  # by `mkdocs serve --dirty`
    if not skipped and fresh.keys() == {p.url for p in pages if "::: " in p.markdown}:
        keep(name_of_reference(config), made_from["reference"], fresh)


@contextmanager
def spied(owner: object, name: str) -> Iterator[list[tuple[tuple, dict]]]:
    """Remember the calls of a method, which go on as before."""
    method, calls = getattr(owner, name), []

    def call(*arguments: object, **options: object) -> None:
        calls.append((arguments, options))
        method(*arguments, **options)

    with patch.object(owner, name, call):
        yield calls


def record(page: Page, config: MkDocsConfig, files: Files) -> dict[str, Any]:
    """Render a page; give what this changed in it, and what it told the plugins."""
    before = dict(vars(page))
    autorefs = config.plugins["autorefs"]
    inventory = config.plugins["mkdocstrings"].handlers.inventory
    with (
        spied(autorefs, "register_anchor") as anchors,
        spied(inventory, "register") as items,
    ):
        Page.render(page, config, files)
    changed = {k: v for k, v in vars(page).items() if before.get(k) is not v}
    links = {file.src_uri: links for file, links in page.links_to_anchors.items()}
    return {
        "changed": {**changed, "links_to_anchors": links},
        "anchors": [(arguments[1:], options) for arguments, options in anchors],
        "items": [options for _, options in items],
    }


def restore(
    page: Page,
    config: MkDocsConfig,
    files: Files,
    *,
    changed: dict[str, Any],
    anchors: list[tuple[tuple, dict]],
    items: list[dict[str, Any]],
) -> None:
    """Do again what was recorded."""
    vars(page).update(changed)
    links = page.links_to_anchors.items()
    page.links_to_anchors = {files.src_uris[uri]: found for uri, found in links}
    for arguments, options in anchors:
        config.plugins["autorefs"].register_anchor(page, *arguments, **options)
    for item in items:
        config.plugins["mkdocstrings"].handlers.inventory.register(**item)


@contextmanager
def counted() -> Iterator[CountHandler]:
    """Count the warnings, those of a quiet build too, which tells nobody else."""
    counter = CountHandler(level=logging.WARNING)
    level, quiet = MESSAGES.level, not MESSAGES.isEnabledFor(logging.WARNING)
    told = [counter] if quiet else [*MESSAGES.handlers, counter]
    with patch.object(MESSAGES, "handlers", told):
        MESSAGES.setLevel(min(level, logging.WARNING))
        try:
            yield counter
        finally:
            MESSAGES.setLevel(level)


def add_to_index(index: SearchIndex, page: Page) -> None:
    """Do what `SearchIndex.add_entry_from_context` does."""
    key = digest(made_from["page"], page.url, page.title, page.meta, page.content)
    name = f"{page.file.dest_uri}.search"
    entries = load(name, key)
    if entries is None:
        count = len(index.entries)
        SearchIndex.add_entry_from_context(index, page)
        keep(name, key, index.entries[count:])
    else:
        index.entries += entries
