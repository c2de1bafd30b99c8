"""The tokenizer playground: the storyteller's pieces and ids, in every script."""

import pytest

from llm_foundations.models import load_storyteller
from scripts.tools import weights

_, TOKENIZER = load_storyteller()
PHONE = {"width": 390, "height": 800}
ARABIC = "عاشت العنزة الصغيرة على جزيرة وأرادت صفارة."
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Playground</title>
<link rel="stylesheet" href="{theme}">
<link rel="stylesheet" href="{root}/assets/css/fonts.css">
<link rel="stylesheet" href="{root}/assets/css/look.css">
<script>document$ = {{ subscribe: (draw) => draw(document) }};</script>
</head><body dir="ltr" data-md-color-scheme="{scheme}" data-md-color-primary="custom"
data-md-color-accent="custom">
<main class="md-typeset"><h1>Playground</h1>
<tokenizer-playground text="Pip, a &#x1f98a;!"></tokenizer-playground></main>
<script src="{root}/assets/js/live.js"></script></body></html>"""


def quoted(byte):
    return f"\u2039{byte:02X}\u203a"


@pytest.fixture
def playground(site, reader, tmp_path):
    """A page with the playground, opened as a file."""

    def opened(scheme="default", root=site, **options):
        path = tmp_path / "playground.html"
        (theme,) = (site / "assets" / "stylesheets").glob("main.*.css")
        links = {"root": root.as_uri(), "theme": theme.as_uri()}
        path.write_text(PAGE.format(scheme=scheme, **links))
        page = reader(**options).page
        page.goto(path.as_uri())
        page.locator("tokenizer-playground p").first.wait_for()
        return page, page.locator("tokenizer-playground")

    return opened


def ids(figure):
    return [int(text) for text in figure.locator("li small").all_inner_texts()]


@pytest.mark.parametrize(
    "text",
    ["Once there was a goat.", "chèvre\n\n vit", "  two  spaces", ARABIC, "🦊é", ""],
)
def test_its_ids_are_those_of_the_package(playground, text):
    _, figure = playground()
    figure.get_by_label("Your text").fill(text)
    assert ids(figure) == TOKENIZER.encode_ordinary(text)


def test_it_shows_spaces_and_bytes_and_counts(playground):
    _, figure = playground()
    pieces = figure.locator("li bdi").all_inner_texts()
    assert pieces[2:] == [",", "␣a", "␣", *map(quoted, "🦊".encode()), "!"]
    said = figure.get_by_role("status").inner_text()
    n_tokens = len(TOKENIZER.encode_ordinary("Pip, a 🦊!"))
    assert said == (
        f"9 characters, 2 words, 12 bytes in UTF-8, {n_tokens} tokens."
        f" Tokens per word: {n_tokens / 2:.2f}."
    )


def test_each_language_costs_its_tokens_and_arabic_runs_to_the_left(playground):
    page, figure = playground()
    figure.get_by_role("button", name="Arabic").focus()
    page.keyboard.press("Enter")
    own = figure.get_by_label("Your text")
    assert own.input_value() == ARABIC
    pieces = figure.get_by_role("list", name="The pieces and their ids")
    assert pieces.evaluate("(el) => getComputedStyle(el).direction") == "rtl"
    assert pieces.locator("bdi").first.inner_text() == quoted(0xD8)
    first, second = (pieces.locator("li").nth(i).bounding_box() for i in (0, 1))
    assert first["x"] > second["x"]
    n_tokens, row = len(TOKENIZER.encode_ordinary(ARABIC)), figure.get_by_role("row")
    found = row.filter(has_text="Arabic").inner_text().split("\t")
    assert found == ["Arabic", "7", str(n_tokens), f"{n_tokens / 7:.2f}"]
    figure.get_by_role("button", name="French").click()
    assert pieces.evaluate("(el) => getComputedStyle(el).direction") == "ltr"
    assert "58 characters, 11 words, 60 bytes" in figure.inner_text()


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_it_is_accessible_and_fits_a_phone(playground, axe, scheme):
    page, figure = playground(scheme, viewport=PHONE, reduced_motion="reduce")
    figure.get_by_role("button", name="Arabic").click()
    page.evaluate(axe)
    run = "axe.run('tokenizer-playground').then(({ violations }) => violations)"
    assert page.evaluate(run) == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_without_its_file_it_says_so(playground, site, tmp_path):
    bare = tmp_path / "bare"
    (bare / "assets").mkdir(parents=True)
    for name in ("css", "js"):
        (bare / "assets" / name).symlink_to(site / "assets" / name)
    _, figure = playground(root=bare)
    assert figure.inner_text() == "The tokenizer could not be fetched."


def test_the_tokenizer_comes_without_the_weights():
    written = weights.scripts()
    assert len(written["tokenizer.js"]) < 40_000 < len(written["files.js"])
