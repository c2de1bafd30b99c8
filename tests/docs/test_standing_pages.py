"""The bibliography, the glossary and the list of mistakes keep their form."""

import re

from llm_foundations.facts.models import published_models
from llm_foundations.facts.results import published_results
from scripts.tools.course import Entry, all_pages, entries
from scripts.tools.glossary import parts, term
from scripts.tools.pages import DOCS, ROOT, Page

SOURCE = re.compile(
    r'- <span id="([a-z]+\d{4}[a-z]?)">(\w.*?)</span>, \*(.+?)\*, (\d{4}): '
    r"(.+)\. \[(?:arXiv:([\d.]+)|text)\]\((https://\S+)\)"
)
CITED = re.compile(r"\*Source: .*\]\(\.\./bibliography\.md#\w+\).*\.\*")
PAPER = re.compile(
    r"arxiv(?:\.org/abs/|[: ])(\d{4}\.\d{4,5})\b"
    r"|(https://(?:doi\.org|aclanthology\.org|proceedings\.mlr\.press)/[\w./-]+\w)",
    re.I,
)


def items(text: str) -> list[str]:
    """The lines of a page's list."""
    return [line for line in text.splitlines() if line.startswith("- ")]


def bad_sources(text: str) -> list[str]:
    """The entries of a bibliography that are malformed, repeated or out of order."""
    seen: set[str] = set()
    bad, last = [], ""
    for line in items(text):
        found = SOURCE.fullmatch(line)
        if not found:
            bad.append(line)
            continue
        key, author, title, year, _, number, link = found.groups()
        order = re.split(r"\W", author.lower())[0] + year
        same = {key, title.lower(), link}
        wrong_link = number and link != f"https://arxiv.org/abs/{number}"
        if order < last or year not in key or seen & same or wrong_link:
            bad.append(line)
        seen |= same
        last = order
    return bad


def papers(text: str) -> set[str]:
    """The papers that a text names: numbers of arXiv, and addresses of publishers."""
    return {number or link for number, link in PAPER.findall(text)}


def unsourced(text: str) -> list[str]:
    """The headings of the mistakes whose last line is not a source."""
    entries = re.split(r"^###? ", text, flags=re.M)[1:]
    claims = [entry.strip().splitlines() for entry in entries if entry[0] == '"']
    return [lines[0] for lines in claims if not CITED.fullmatch(lines[-1])]


def bad_terms(text: str, known: list[Entry]) -> list[str]:
    """The terms of a glossary that break a rule.

    They stand in order, each in one sentence, and lead to the finished lesson or to
    the planned row.
    """
    ends = {
        (f"lessons/{e.name}.md", e.title, False)
        if e.linked
        else (f"map.md#{e.name}", e.title, True)
        for e in known
    }
    bad, last = [], ""
    for part in parts(text):
        found = term(part)
        if not found:
            bad.append(part)
            continue
        one = len(re.findall(r"[.!?](?:\s|$)", found.sentence)) == 1
        end = (found.target, found.title, found.planned)
        if found.name.lower() <= last or not one or end not in ends:
            bad.append(part)
        last = found.name.lower()
    return bad


def test_sources_are_sorted_and_stand_once() -> None:
    text = (DOCS / "bibliography.md").read_text()
    assert items(text)
    assert bad_sources(text) == []


def test_a_bad_source_is_named() -> None:
    end = "2017: why. [arXiv:1.2](https://arxiv.org/abs/1.2)"
    good = f'- <span id="b2017">B</span>, *T*, {end}'
    assert bad_sources(good) == []
    early = good.replace("b2017", "a2017").replace(">B<", ">A<")
    early = early.replace("T", "U").replace("1.2", "1.3")
    for bad in (good, early, early.replace("/1.3", "/1.4"), "- no id"):
        assert bad_sources(f"{good}\n{bad}") == [bad]


def test_every_paper_that_is_cited_is_listed() -> None:
    texts = {path: path.read_text() for path in (ROOT / "src").rglob("*.py")}
    texts |= {page.path: page.text for page in all_pages()}
    listed = papers(texts.pop(DOCS / "bibliography.md"))
    cited = {paper: str(path) for path, text in texts.items() for paper in papers(text)}
    ledger = [result.source for result in published_results()]
    for model in published_models():
        ledger += [f"arXiv {paper}" for paper in model.paper.split("; ")]
    cited |= dict.fromkeys(papers("\n".join(ledger)), "the ledger")
    assert {paper: at for paper, at in cited.items() if paper not in listed} == {}


def test_a_paper_is_found_however_it_is_cited() -> None:
    said = "(arXiv:1706.03762), arXiv 2005.14165, <https://arxiv.org/abs/1607.06450>"
    assert papers(said) == {"1706.03762", "2005.14165", "1607.06450"}
    link = "https://doi.org/10.1137/07.36"
    assert papers(f"at <{link}>.") == {link}


def test_every_mistake_has_a_source() -> None:
    text = (DOCS / "about" / "mistakes.md").read_text()
    assert '### "' in text
    assert unsourced(text) == []


def test_a_mistake_without_a_source_is_named() -> None:
    source = "*Source: [A](../bibliography.md#a2017).*"
    text = f'## One\n\n### "x"\n\nNo.\n\n{source}\n\n### "y"\n\nNo.\n\n## Two\n'
    assert unsourced(text) == ['"y"']


def test_terms_are_sorted_and_lead_to_their_lessons() -> None:
    text = (DOCS / "glossary.md").read_text()
    assert len(parts(text)) == text.count("<h3") > 200
    assert bad_terms(text, entries(Page.read(DOCS / "map.md"))) == []


def test_a_bad_term_is_named() -> None:
    rows = [("l/a", "A", 60, True), ("l/b", "B", None, False)]
    known = [Entry(name, title, "do", [], *rest) for name, title, *rest in rows]
    good = '<h3 id="m">M</h3>\n\nOne thing. [A](lessons/l/a.md)'
    late = good.replace("M<", "N<").replace("lessons/l/a.md)", "map.md#l/b), *planned*")
    late = late.replace("[A]", "[B]")
    assert bad_terms(f"# G\n\n## M\n\n{good}\n\n## N\n\n{late}\n", known) == []
    early = good.replace("M<", "L<")
    two = late.replace("thing.", "thing. Two.")
    done = late.replace(", *planned*", "")
    for bad in (good, early, two, done, "<h3>N</h3>\n\nNo id."):
        assert bad_terms(f"{good}\n\n{bad}", known) == [bad]
