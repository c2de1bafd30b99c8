"""Lighthouse finds nothing to improve in accessibility, best practices and SEO."""

import json
import os
import subprocess

import pytest

pytestmark = pytest.mark.ci
CATEGORIES = ["accessibility", "best-practices", "seo"]
PAGES = ["", "lessons/layers/attention/", "reference/layers/"]


@pytest.fixture
def audit(chromium, flags, node, modules, tmp_path):
    """Run Lighthouse on an address and return its report."""
    *plain, rules = flags
    rules = rules.replace("=", '="') + '"'
    file = tmp_path / "report.json"
    command = [
        *(node, modules / "lighthouse" / "cli" / "index.js", "--quiet"),
        *("--output=json", f"--output-path={file}"),
        f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags={' '.join(['--headless', *plain, rules])}",
    ]

    def run(url):
        environment = {**os.environ, "CHROME_PATH": chromium}
        subprocess.run([*command, url], env=environment, check=True)
        return json.loads(file.read_text())

    return run


@pytest.mark.parametrize("page_url", PAGES, ids=lambda url: url or "home")
def test_lighthouse_gives_full_marks(page_url, address, audit):
    report = audit(address + page_url)
    marks = {name: report["categories"][name]["score"] for name in CATEGORIES}
    audits = report["audits"].values()
    weak = [audit["title"] for audit in audits if audit["score"] not in (None, 1)]
    assert marks == dict.fromkeys(CATEGORIES, 1), weak
