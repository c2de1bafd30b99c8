"""Every page: nothing said, nothing asked of others, drawn, readable on a phone."""

PHONE = {"width": 360, "height": 740}


def test_a_page_is_quiet_whole_and_fits_a_phone(page_name, address, reader):
    visit = reader(viewport=PHONE)
    page = visit.read(address + page_name)
    assert visit.said == []
    assert visit.foreign(address) == []
    assert page.locator(".katex-error").count() == 0
    for diagram in page.locator("div.mermaid").all():
        assert diagram.bounding_box()["height"] > 60
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
