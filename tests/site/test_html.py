"""The built files themselves: valid HTML, and nothing foreign.

That links and anchors arrive is seen by the guard `links`, and by a strict build.
"""

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import html

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "scripts" / "assets" / "html-validate.config.mjs"
LABS = {
    "element-permitted-content": "mkdocs-jupyter writes its styles into the article",
}


def test_the_html_is_valid(site, node, modules, tmp_path):
    script = modules / "html-validate" / "bin" / "html-validate.mjs"
    options = ["--config", CONFIG, "--formatter", f"json={tmp_path}/said.json"]
    pages = (site / "**" / "*.html").as_posix()
    subprocess.run([node, script, *options, pages], check=False)
    said = [
        f"{report['filePath']}:{message['line']} {message['message']}"
        for report in json.loads((tmp_path / "said.json").read_text())
        for message in report["messages"]
        if "/labs/" not in report["filePath"] or message["ruleId"] not in LABS
    ]
    assert said == []


@pytest.fixture(scope="module")
def pages(site):
    """Every page of the site by its path from the root."""
    files = (path for path in sorted(site.rglob("*.html")) if path.name != "404.html")
    return {str(path.relative_to(site)): html.parse(path) for path in files}


def test_the_links_of_a_lab_lead_to_pages(address, reader):
    visit = reader()
    page = visit.read(address + "labs/attention_cost/")
    page.locator(".jupyter-wrapper").get_by_role("link", name="Attention").click()
    page.wait_for_url("**/lessons/layers/attention/")
    assert page.get_by_role("heading", name="Attention", level=1).is_visible()
    page = visit.read(address + "labs/gpt/")
    page.locator(".jupyter-wrapper").get_by_role("link", name="Tokenization").click()
    page.wait_for_url("**/lessons/text/tokenization/")
    page.get_by_role("heading", name="Tokenization", level=1).wait_for()


def test_a_folded_cell_of_a_lab_shows_its_figure_and_hides_its_code(address, reader):
    page = reader().read(address + "labs/gpt/")
    cell = page.locator(".jp-Notebook > .celltag_fold", has=page.locator("img"))
    code = cell.locator(".jp-InputArea")
    assert cell.locator("img").is_visible()
    assert not code.is_visible()
    cell.get_by_text("Show the code").click()
    assert code.is_visible()


def test_nothing_is_loaded_from_another_host(pages):
    loaded = "//@src | //link[not(@rel='canonical')]/@href | //@srcset | //@poster"
    foreign = {
        name: [address for address in tree.xpath(loaded) if urlsplit(address).netloc]
        for name, tree in pages.items()
    }
    assert {name: addresses for name, addresses in foreign.items() if addresses} == {}


def test_the_gpt_of_the_lab_is_as_good_as_its_page_says(pages):
    text = pages["labs/gpt/index.html"].getroot().text_content()
    said = re.search(r"loss (\d\.\d+), floor (\d\.\d+)", text)
    loss, floor = map(float, said.groups())
    five_gram = float(re.search(r"5-gram model\s+(\d\.\d+)\s+\d+\s", text)[1])
    assert floor < loss < floor + (five_gram - floor) / 2
    rows = re.findall(r"\d+\s+\d\.\d\d\s+\d\.\d\d\s+0\.00\s+(\d+)%\s+\d+%", text)
    whole, damaged = [int(right) for right in rows[:3]], [int(r) for r in rows[3:]]
    assert min(whole[:2]) > 90
    assert whole[2] < 50
    assert damaged[0] < whole[0]
