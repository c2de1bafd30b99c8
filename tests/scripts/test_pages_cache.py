"""A second build takes its pages from the first, and never one that has changed."""

import logging
import shutil
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
HOOK = "scripts/tools/pages_cache.py"
FILES = {
    "mkdocs.yml": f"""
site_name: Small
site_url: http://course.localhost/
theme: {{name: material, font: false}}
hooks: [{HOOK}]
plugins:
  search: {{}}
  mkdocstrings: {{handlers: {{python: {{paths: [src]}}}}}}
validation: {{links: {{anchors: warn}}}}
""",
    "docs/index.md": "# Home\n\n[there](lesson.md#first), [small.sums.double][]\n"
    "\n![A dot](dot.svg)\n",
    "docs/lesson.md": "# Lesson\n\n## First\n\nWords.\n",
    "docs/dot.svg": "<svg/>",
    "docs/reference/small.md": "# Small\n\n::: small\n",
    "docs/reference/sums.md": "# Sums\n\n::: small.sums\n",
    "src/small/__init__.py": "",
    "src/small/sums.py": '''
def add(left: int, right: int) -> int:
    """Add two numbers, see [home][small.sums.double].

    Args:
        left: One of them.
        right: The other.
    """

def double(number: int) -> int:
    """Twice the number."""
''',
}
HOME, LESSON = "index.md", "lesson.md"
REFERENCE = {"reference/small.md", "reference/sums.md"}
ALL = {HOME, LESSON, *REFERENCE}


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A small course with the hook, and a copy of it after its first build."""
    course = tmp_path_factory.mktemp("course")
    for name, text in FILES.items():
        path = course / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (course / HOOK).parent.mkdir(parents=True)
    shutil.copy(ROOT / HOOK, course / HOOK)
    with pytest.MonkeyPatch.context() as place:
        place.chdir(course)
        build(load_config("mkdocs.yml", strict=True))
    return course, shutil.copytree(course, course.with_name("first"))


@pytest.fixture
def course(first, monkeypatch):
    """The course as it was after its first build."""
    course, copy = first
    shutil.rmtree(course)
    shutil.copytree(copy, course)
    monkeypatch.chdir(course)
    return course


@pytest.fixture
def made(course, monkeypatch):
    """Build the course strictly, and name the pages that were made anew."""
    pages = []
    render = Page.render

    def counting(page, config, files):
        pages.append(page.file.src_uri)
        render(page, config, files)

    def made(strict=True):
        pages.clear()
        build(load_config(str(course / "mkdocs.yml"), strict=strict))
        return set(pages)

    monkeypatch.setattr(Page, "render", counting)
    return made


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def built(course):
    """Every file of the site; the packed sitemap holds the time."""
    paths = (path for path in (course / "site").rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in paths if path.suffix != ".gz"}


def test_an_unchanged_course_is_made_of_what_was_kept(course, made):
    before = built(course)
    assert course / "site/objects.inv" in before
    assert b"Twice the number" in before[course / "site/search/search_index.json"]
    assert made() == set()
    assert built(course) == before


def test_a_changed_page_alone_is_made_anew(course, made):
    change(course / "docs/lesson.md", "Words.", "Other words.")
    assert made() == {LESSON}
    assert "Other words." in (course / "site/lesson/index.html").read_text()
    assert "Other words." in (course / "site/search/search_index.json").read_text()


def test_a_changed_docstring_shows_at_once(course, made):
    change(course / "src/small/sums.py", "Twice the number", "The number, doubled")
    assert made() == REFERENCE
    assert "doubled" in (course / "site/reference/sums/index.html").read_text()
    assert "doubled" in (course / "site/search/search_index.json").read_text()


def test_a_kept_page_links_to_where_a_name_has_gone(course, made):
    change(course / "docs/reference/sums.md", "::: small.sums", "They are taught now.")
    change(course / "docs/lesson.md", "Words.", "::: small.sums")
    assert made() == {LESSON, *REFERENCE}
    assert (
        'href="lesson/#small.sums.double"' in (course / "site/index.html").read_text()
    )


@pytest.mark.parametrize("name", ["mkdocs.yml", HOOK])
def test_other_settings_make_every_page_anew(course, made, name):
    with (course / name).open("a") as file:
        file.write("# changed\n")
    assert made() == ALL


def test_another_version_of_a_package_makes_every_page_anew(course, made, monkeypatch):
    (course / "more/pygments-99.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(course / "more")
    assert made() == ALL


def test_the_path_of_a_source_is_shown_as_seen_from_where_the_build_runs(
    course, made, monkeypatch
):
    monkeypatch.chdir(course / "src")
    assert made() == ALL
    page = (course / "site/reference/sums/index.html").read_text()
    assert "src/small/sums.py" not in page


def test_damaged_entries_are_not_used(course, made):
    before = built(course)
    kept = [path for path in (course / ".cache/pages").rglob("*") if path.is_file()]
    assert len(kept) == 7
    for damage, path in enumerate(sorted(kept)):
        data = path.read_bytes()
        path.write_bytes((data[:-9], data[:-1] + b"?", b"")[damage % 3])
    assert made() == ALL
    assert built(course) == before


def test_a_write_that_fails_leaves_nothing(course, made, monkeypatch):
    def fail(path, target):
        raise OSError

    change(course / "docs/lesson.md", "Words.", "Other words.")
    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", fail)
        assert made() == {LESSON}
    assert made() == {LESSON}


def test_what_a_build_warns_of_the_next_one_warns_of_too(course, made, caplog):
    change(course / "src/small/sums.py", "small.sums.double", "small.sums.triple")
    change(course / "src/small/sums.py", "right: The other", "third: The other")
    change(course / "src/small/sums.py", "def double", "def twice")
    change(course / "docs/lesson.md", "## First", "## Second")
    (course / "docs/dot.svg").unlink()
    caplog.set_level(logging.ERROR, "mkdocs")  # as with --quiet
    made(strict=False)
    assert caplog.text == ""
    caplog.set_level(logging.WARNING, "mkdocs")
    assert made(strict=False) >= REFERENCE  # which is kept as a whole, or not at all
    for part in (
        "index.md: Could not find cross-reference target 'small.sums.double'",
        "Could not find cross-reference target 'small.sums.triple'",
        "Parameter 'third' does not appear in the function signature",
        "'lesson.md' does not contain an anchor '#first'",
        "contains a link 'dot.svg', but the target is not found",
    ):
        assert part in caplog.text
    with pytest.raises(Abort):
        made()
