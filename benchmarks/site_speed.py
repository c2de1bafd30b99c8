"""How long the pages of a built site keep the browser's main thread busy.

Run it from the root of the repository, on a folder that holds a built site:

    python -m benchmarks.site_speed [site]

A task is counted by the processor's time, times four for a phone, so that what else
the machine does changes little. What a task takes above 50 ms keeps a reader waiting.
"""

import argparse
import json
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from scripts.tools.diagrams import browser_of
from scripts.tools.serve import Quiet

RUNS, SLOWER, PATIENCE = 3, 4, 50
SECONDS = 3000  # after the page has loaded, in which it is typeset
PAGES = [
    *("", "map/", "lessons/layers/attention/", "lessons/layers/multi_head_attention/"),
    "lessons/models/llama/",
]
CATEGORIES = ["toplevel", "disabled-by-default-devtools.timeline", "devtools.timeline"]
SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) window.shifted += shift.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@contextmanager
def serving(site: Path) -> Iterator[str]:
    """Serve a folder at a free port."""
    handler = partial(Quiet, directory=site)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def main_thread(trace: bytes) -> list[dict]:
    """Return what the main thread of the page did, event by event."""
    events = json.loads(trace)["traceEvents"]
    page = next(e for e in events if e["name"] == "ParseHTML")
    own = [e for e in events if (e["pid"], e["tid"]) == (page["pid"], page["tid"])]
    return [event for event in own if "tdur" in event]


def visit(browser: Browser, url: str) -> tuple[list[dict], float, int]:
    """Return the main thread's events, the layout shift and the number of requests."""
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.add_init_script(SHIFTS)
        browser.start_tracing(page=page, categories=CATEGORIES)
        page.goto(url)
        page.wait_for_timeout(SECONDS)
        events = main_thread(browser.stop_tracing())
        return events, page.evaluate("window.shifted"), len(asked)


def blocking(events: list[dict]) -> tuple[float, float]:
    """Return the blocking time and the longest task, in milliseconds."""
    tasks = [
        e["tdur"] / 1000 * SLOWER for e in events if e["name"].endswith("::RunTask")
    ]
    return sum(max(0, task - PATIENCE) for task in tasks), max(tasks)


def line(browser: Browser, url: str, name: str) -> str:
    """Return a line of the table: the medians of some visits."""
    visits = [visit(browser, url) for _ in range(RUNS)]
    times = [blocking(events) for events, _, _ in visits]
    blocked, longest = (statistics.median(t) for t in zip(*times, strict=True))
    shift = statistics.median(shift for _, shift, _ in visits)
    n_requests = max(n for _, _, n in visits)
    return f"{name:40} {blocked:8.0f} {longest:8.0f} {shift:6.3f} {n_requests:9}"


def main() -> None:
    """Print a table of the pages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path, nargs="?", default=Path("site"))
    site = parser.parse_args().site
    print(f"{'page':40} blocking  longest  shift  requests")
    with serving(site) as address, sync_playwright() as playwright:
        program = browser_of(playwright)
        flags = {"executable_path": program, "args": ["--no-sandbox"]}
        with playwright.chromium.launch(**flags) as browser:
            for name in PAGES:
                print(line(browser, address + name, name or "home"), flush=True)


if __name__ == "__main__":
    main()
