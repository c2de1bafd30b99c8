"""Every page: quiet, whole, accessible, fit for a phone, and no other host asked."""

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DARK = "document.body.setAttribute('data-md-color-scheme', 'slate')"
# The folded sources of a reference page are code alone: test_colours.py checks its
# colours, and one page below is read with its sources open.
UNFOLD = """document.querySelectorAll("details:not(.mkdocstrings-source)")
  .forEach(part => { part.open = true })"""
AXE = """async (tags) => {
  const { violations } = await axe.run(document, { runOnly: tags });
  return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(", ")}`);
}"""


def test_a_page_is_quiet_whole_accessible_and_fits_a_phone(
    page_name, address, reader, axe
):
    visit = reader(viewport=PHONE, reduced_motion="reduce")
    page = visit.read(address + page_name)
    assert page.locator(".katex-error").count() == 0
    for diagram in page.locator("div.diagram").all():
        drawn = diagram.locator("svg").evaluate("svg => svg.viewBox.baseVal.height")
        assert diagram.bounding_box()["height"] >= 0.69 * drawn  # legible on a phone
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.evaluate(UNFOLD)
    page.evaluate(axe)
    assert page.evaluate(AXE, RULES) == []
    page.set_viewport_size(DESK)
    page.evaluate(DARK)
    assert page.evaluate(AXE, RULES) == []
    assert visit.said == []
    assert visit.foreign(address) == []


def test_the_sources_on_a_reference_page_are_accessible(address, reader, axe):
    visit = reader(viewport=DESK, reduced_motion="reduce")
    page = visit.read(address + "reference/layers/")
    page.evaluate(UNFOLD.replace(":not(.mkdocstrings-source)", ""))
    page.locator(".mkdocstrings-source .k").first.wait_for()
    assert page.locator("details[open] .highlight").count() > 2
    page.evaluate(axe)
    assert page.evaluate(AXE, RULES) == []
    page.evaluate(DARK)
    assert page.evaluate(AXE, RULES) == []
