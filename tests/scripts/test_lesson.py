"""A lesson is begun and finished with one command each."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.tools import lesson
from scripts.tools.pages import DOCS, ROOT, Page
from tests.docs.guards import fences, lessons, links

pytestmark = pytest.mark.unseen

NAME = "generation/sampling"
PAGE = f"docs/lessons/{NAME}.md"
MADE = [
    PAGE,
    f"src/llm_foundations/{NAME}.py",
    "tests/generation/test_sampling.py",
    "src/llm_foundations/exercises/generation/__init__.py",
    f"src/llm_foundations/exercises/{NAME}.py",
]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the pages and of the scripts, in which the lesson is planned."""
    root = tmp_path_factory.mktemp("course")
    others = shutil.ignore_patterns("node_modules", "vendor", "figures", "model")
    for folder in ("scripts", "docs"):
        shutil.copytree(ROOT / folder, root / folder, ignore=others)
    shutil.copy(ROOT / "mkdocs.yml", root)
    topic = root / "src" / "llm_foundations" / "generation"
    topic.mkdir(parents=True)
    (topic / "__init__.py").touch()
    return root


def run(course: Path, *words: str) -> str:
    command = [sys.executable, "-m", "scripts.tools.lesson", *words]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True)
    return done.stdout + done.stderr


def read(course: Path) -> dict[str, str]:
    files = [*course.rglob("*.md"), *course.glob("*.yml"), *course.rglob("src/**/*.py")]
    return {p.relative_to(course).as_posix(): p.read_text() for p in files}


def test_a_lesson_is_begun_then_finished(course: Path) -> None:
    before = read(course)
    said = run(course, "new", NAME)
    assert [name for name in MADE if f"wrote {name}\n" not in said] == []
    begun = read(course)
    changed = {name for name in begun if begun[name] != before.get(name)}
    in_reference = {"mkdocs.yml", "docs/reference/generation.md"}
    assert changed == {*MADE, *in_reference} - {"tests/generation/test_sampling.py"}
    assert f"\n  /lessons/{NAME}.md\n" in begun["mkdocs.yml"]
    assert run(course, "derive") == ""
    assert "is there already" in run(course, "new", NAME)

    run(course, "finish", NAME)
    finished = read(course)
    changed = {name for name in finished if finished[name] != begun[name]}
    assert changed == {
        PAGE,
        "mkdocs.yml",
        "docs/index.md",
        "docs/map.md",
        "docs/glossary.md",
        "docs/about/from_the_notes.md",
        "docs/reference/generation.md",
        *(name for name in finished if "\n*Lesson " in finished[name]),
    }  # every lesson says how many there are
    assert "*Lesson 18 of 18 · [Generation](" in finished[PAGE]
    assert "minutes: 20\n" in finished[PAGE]
    assert f"          - Sampling: lessons/{NAME}.md\n" in finished["mkdocs.yml"]
    assert f"\n  /lessons/{NAME}.md\n" not in finished["mkdocs.yml"]
    assert run(course, "derive") == run(course, "finish", NAME) == ""
    assert run(course, "shares", NAME) == "  0%  1. The first exercise (hardest)\n"


def test_a_begun_lesson_keeps_the_rules_of_every_page(course: Path) -> None:
    words = lesson.words_of(lesson.row_of(NAME), has_code=True)
    text = lesson.filled("page.md", words)
    page = Page(text, DOCS / "lessons" / f"{NAME}.md")
    form = [lessons.front_matter, lessons.headings, lessons.questions, lessons.deeper]
    code = [lessons.exercises, lessons.solutions, lessons.drawings, lessons.breaks]
    guards = [*fences.GUARDS, *links.GUARDS, *form, *code]
    assert {guard.__name__: guard(page) for guard in guards if guard(page)} == {}
    for template in ("module.txt", "test.txt", "exercises.txt", "package.txt"):
        assert ast.get_docstring(ast.parse(lesson.filled(template, words)))


def test_an_unknown_lesson_is_refused(course: Path) -> None:
    said = run(course, "new", "generation/samplings")
    assert "docs/map.md has no row for 'generation/samplings'" in said
    assert "did you mean generation/sampling?" in said
    assert "no docs/lessons/models/t5.md yet" in run(course, "finish", "models/t5")


def test_minutes_come_from_words_code_and_exercises() -> None:
    words = "word " * 1490
    code = "```python\nimport x\n" + "f()\n" * 100 + "```\n"
    opened = '<details markdown="1">\n<summary>S</summary>'
    folded = f"{opened}\n\n{words}\n\n{code}\n</details>\n"
    text = f"# Title here\n\n{words}\n\n{code}\n\n{folded}\n\n## Exercises\n\n"
    assert lesson.minutes_of(Page(text)) == 30
    assert lesson.minutes_of(Page(text + "### 1. One\n\n### 2. Two\n")) == 55


def test_the_words_are_those_that_a_reader_meets() -> None:
    text = """# Two words

*Lesson 3 of 12 · [Layers](far/away.md) · 35 minutes to read*

> A *quoted* [story](far/away.md), `code` and 12 numbers.

| name | 3.5 |
|---|---|
| one | $x_1$ |

![An alt text of many words](a.svg)
*The caption.*

```text
not these
```

<details markdown="1">
<summary>Nor this?</summary>

Nor this.

</details>

## References

1. Nor this one.
"""
    assert lesson.open_words(Page(text)) == 2 + 6 + 3 + 2
    assert lesson.open_words(Page(text), 5, 6) == 6
    wrapped = "```python\nfrom a import (\n    b,\n)\n\n" + "f()\n" * 100 + "```\n"
    assert lesson.minutes_of(Page(wrapped)) == 10


def test_the_parts_of_a_lesson_are_read_from_its_template() -> None:
    assert lesson.HEADINGS[0] == "You will be able to"
    assert lesson.HEADINGS[-1] == "References"
    assert len(lesson.HEADINGS) == 12
