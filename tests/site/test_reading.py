"""What readers do: copy a block, search, follow a link, change the scheme."""

import re
from pathlib import Path

from llm_foundations.layers import masks

LESSON = "lessons/layers/attention/"
SOURCE = Path(__file__).parents[2] / "docs" / "lessons" / "layers" / "attention.md"
MASKS = Path(masks.__file__)
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_copy_buttons_copy_the_exact_blocks(address, reader):
    visit = reader(permissions=["clipboard-read", "clipboard-write"])
    page = visit.read(address + LESSON)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    buttons = page.locator(".language-python button[data-md-type=copy]").all()
    blocks = FENCE.findall(SOURCE.read_text())
    assert len(buttons) == len(blocks) > 0
    for button, block in zip(buttons, blocks, strict=True):
        button.click()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.rstrip("\n") == block.rstrip("\n")


def test_a_source_is_the_functions_own_and_coloured_when_opened(address, reader):
    page = reader().read(address + "reference/layers/")
    function = "[id='llm_foundations.layers.masks.sliding_window_mask']"
    whole = page.locator(f".doc-function:has({function})")
    source = whole.locator("details.mkdocstrings-source")
    code = source.locator("pre > code")
    assert code.locator("span").count() == 0
    source.locator("summary").click()
    code.locator(".k").first.wait_for()
    assert code.locator(".nf").all_inner_texts() == ["sliding_window_mask"]
    assert code.inner_text().rstrip() in MASKS.read_text()


def test_a_line_is_as_long_as_is_read_with_ease(address, reader):
    page = reader(viewport={"width": 1440, "height": 900}).read(address + LESSON)
    lengths = page.evaluate("""() => [...document.querySelectorAll("article > p")]
      .filter((p) => p.textContent.length > 200)
      .filter((p) => !p.querySelector(".katex, img, button"))
      .map((p) => {
        const line = p.cloneNode(true), width = p.getBoundingClientRect().width;
        line.style = "position: absolute; max-width: none; white-space: nowrap";
        p.after(line);
        const whole = line.getBoundingClientRect().width;
        line.remove();
        return (p.textContent.length * width) / whole;
      })""")
    assert len(lengths) > 5
    assert all(65 <= length <= 77 for length in lengths), lengths


def test_search_finds_a_term(address, reader):
    page = reader(viewport={"width": 1280, "height": 800}).read(address)
    page.keyboard.press("/")
    page.keyboard.type("attention sink")
    page.locator(".md-search-result__link[href*='glossary/']").first.wait_for()


def test_search_finds_the_lesson(address, reader):
    page = reader(viewport={"width": 1280, "height": 800}).read(address)
    page.keyboard.press("/")
    page.keyboard.type("attention weights")
    result = page.locator(f".md-search-result__link[href*='{LESSON}']").first
    result.wait_for()
    result.click()
    page.wait_for_url(f"**/{LESSON}**")
    page.get_by_role("heading", name="Attention", level=1).wait_for()


def test_instant_navigation_draws_the_next_page(address, reader):
    visit = reader(viewport={"width": 1280, "height": 800})
    page = visit.read(address)
    page.evaluate("window.stayed = true")
    page.get_by_role("link", name="Course", exact=True).click()
    page.locator(f"td a[href$='{LESSON}']").first.click()
    page.wait_for_url(f"**/{LESSON}")
    page.locator(".arithmatex .katex").first.wait_for()
    page.locator("div.diagram").first.wait_for()
    assert page.evaluate("window.stayed") is True
    assert visit.said == []


def test_the_scheme_follows_the_system_and_the_reader(address, reader):
    page = reader(color_scheme="dark").read(address)
    scheme = "document.body.getAttribute('data-md-color-scheme')"
    assert page.evaluate(scheme) == "slate"
    page.get_by_title("Switch to light mode").click()
    assert page.evaluate(scheme) == "default"
    page.reload()
    assert page.evaluate(scheme) == "default"


def test_on_paper_the_answers_are_open_and_the_navigation_is_gone(address, reader):
    page = reader(color_scheme="dark").read(address + LESSON)
    assert page.pdf(format="A4").startswith(b"%PDF")
    assert page.locator("details:not([open])").count() == 0
    page.emulate_media(media="print")
    assert not page.locator(".md-header").is_visible()
    ink = page.locator("article p").first.evaluate("(p) => getComputedStyle(p).color")
    assert ink != page.evaluate("getComputedStyle(document.body).backgroundColor")
