"""Every module stands on one page of the reference, and old addresses lead there."""

from pathlib import Path

import pytest

from scripts.tools import redirects
from scripts.tools.derive import REFERENCE, documented, reference_pages
from scripts.tools.pages import ROOT, Page

SRC = ROOT / "src"
UNNAMED = ("__init__", "__main__")
PAGES = {page.name.removeprefix("reference/"): page.text for page in reference_pages()}
MODULES = [
    ".".join(path.relative_to(SRC).with_suffix("").parts)
    for path in sorted(SRC.rglob("*.py"))
    if path.stem not in UNNAMED
]


def complaints(modules: list[str], pages: dict[str, str]) -> list[str]:
    """Which lines to add to which pages, and which to take away."""
    shown = [(name, m) for name, text in pages.items() for m in documented(text)]
    listed = [module for _, module in shown]
    # A checker is documented by its exercise, in the lesson.
    wanted = [m for m in modules if not m.startswith("llm_foundations.exercises.")]
    bad = [
        f"add the line `::: {m}` to {page_of(m, list(pages))}"
        for m in wanted
        if m not in listed
    ]
    return bad + [
        f"docs/reference/{name}.md: remove `::: {m}`"
        for at, (name, m) in enumerate(shown)
        if m not in wanted or m in listed[:at]
    ]


def page_of(module: str, pages: list[str]) -> str:
    """The page of a module's topic, or one of them; a new one if there is none."""
    _, topic, *rest = module.split(".")
    if f"{topic}/{rest[0]}" in pages and len(rest) > 1:
        return f"docs/reference/{topic}/{rest[0]}.md"
    found = [name for name in pages if name.split("/")[0] == topic]
    new = [f"a new page docs/reference/{topic}.md, and the page to the nav"]
    return " or ".join(f"docs/reference/{n}.md" for n in found) or new[0]


def test_the_search_shows_a_lesson_before_the_reference() -> None:
    pages = [Page.read(path) for path in REFERENCE.rglob("*.md")]
    boosts = {page.name: page.front_matter.get("search") for page in pages}
    line = "search: {boost: 0.05}"
    bad = [name for name, boost in boosts.items() if boost != {"boost": 0.05}]
    assert not bad, f"put {line} into the front matter of {', '.join(bad)}"


def test_every_module_is_in_the_reference() -> None:
    bad = complaints(MODULES, PAGES)
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (
            "p.layers.magic",
            "add the line `::: p.layers.magic` to docs/reference/layers.md",
        ),
        ("p.data.a.b", "add the line `::: p.data.a.b` to docs/reference/data/a.md"),
        ("p.data.c", "docs/reference/data/a.md or docs/reference/data/d.md"),
        ("p.magic.c", "a new page docs/reference/magic.md, and the page to the nav"),
    ],
)
def test_a_module_that_is_missing_says_its_line_and_page(
    module: str, said: str
) -> None:
    pages = {"layers": "::: p.layers.a\n", "data/a": "", "data/d": ""}
    (found,) = complaints(["p.layers.a", module], pages)
    assert said in found


def test_a_module_that_is_gone_or_there_twice_is_named() -> None:
    pages = {"a": "::: p.a.b\n\n::: p.a.c\n\n::: p.a.b\n"}
    assert complaints(["p.a.b"], pages) == [
        "docs/reference/a.md: remove `::: p.a.c`",
        "docs/reference/a.md: remove `::: p.a.b`",
    ]


def test_every_page_of_the_reference_is_in_the_nav() -> None:
    files = {p.relative_to(REFERENCE).with_suffix("") for p in REFERENCE.rglob("*.md")}
    assert {path.as_posix() for path in files} == {"index", *PAGES}


def test_a_page_that_was_published_leads_to_its_module(tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "reference" / "layers").mkdir(parents=True)
    (site / "reference" / "layers" / "index.html").touch()
    redirects.write(site)
    written = [*(site / "reference").glob("*/*/index.html")]
    assert len(written) == len(redirects.OLD.read_text().split()) == 169
    page = (site / "reference" / "data" / "language" / "index.html").read_text()
    assert 'url=../stories/#llm_foundations.data.stories.language"' in page
    page = (site / "reference" / "exercises" / "block" / "index.html").read_text()
    assert 'url=../../"' in page


def test_a_page_of_the_unzipped_copy_leads_to_a_file(tmp_path: Path) -> None:
    redirects.write(tmp_path)
    page = (tmp_path / "reference" / "layers" / "attention.html").read_text()
    assert 'url=../layers.html#llm_foundations.layers.attention"' in page
    page = (tmp_path / "reference" / "exercises" / "block.html").read_text()
    assert 'url=../index.html"' in page


def test_a_page_of_today_is_left_alone(tmp_path: Path) -> None:
    today = tmp_path / "reference" / "data" / "translation.html"
    today.parent.mkdir(parents=True)
    today.write_text("translation")
    redirects.write(tmp_path)
    assert today.read_text() == "translation"


def test_a_module_that_moved_is_found_and_one_renamed_leads_to_its_topic() -> None:
    pages = {
        "data/stories": "::: p.data.stories.language\n",
        "models": "::: p.models.a\n",
    }
    old = "data/language\nmodels/joined_gpt\nexercises/block\n"
    assert redirects.places(pages, old) == {
        "data/language": "data/stories#p.data.stories.language",
        "models/joined_gpt": "models",
        "exercises/block": "index",
    }
