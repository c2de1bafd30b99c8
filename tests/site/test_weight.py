"""How much a first visit downloads: as GitHub Pages sends it, text compressed."""

import gzip

import pytest

from scripts.tools.course import lessons

COMPRESSED_ALREADY = (".woff2", ".png")
# Half a second in which nothing more has arrived.
SETTLED = """async () => {
  const count = () => performance.getEntriesByType("resource").length;
  for (let seen = -1; seen !== count();) {
    seen = count();
    await new Promise((done) => setTimeout(done, 500));
  }
}"""
MAX_REQUESTS = 40
BUDGETS = {"": 200 * 1024}
BUDGETS |= {f"{page.name}/": 350 * 1024 for page in lessons()}


def sent(path):
    """Bytes on the wire for one file."""
    data = path.read_bytes()
    return len(data if path.suffix in COMPRESSED_ALREADY else gzip.compress(data))


@pytest.mark.parametrize("page_url", BUDGETS, ids=lambda url: url or "home")
def test_a_first_visit_is_light(page_url, site, address, reader):
    visit = reader()
    visit.read(address + page_url).evaluate(SETTLED)
    names = {url.removeprefix(address) for url in visit.asked if url.startswith("http")}
    paths = [site / name for name in names]
    files = [path / "index.html" if path.is_dir() else path for path in paths]
    weights = {str(path.relative_to(site)): sent(path) for path in files}
    assert sum(weights.values()) <= BUDGETS[page_url], weights
    assert len(names) <= MAX_REQUESTS, names
    assert not any("mermaid" in name for name in names)
    whole = "KaTeX_Main-Regular.woff2", "KaTeX_Math-Italic.woff2"
    assert not any(name.endswith(whole) for name in names), "see COMMON in vendor.py"
