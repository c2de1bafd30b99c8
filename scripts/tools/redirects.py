"""Lead the addresses that the reference once had to where the modules stand now.

Until November 2026 each module had a page of its own, `reference/layers/attention/`.
Run after the build: it writes a small page at each of these addresses in the site.
"""

import argparse
import posixpath
from pathlib import Path

from scripts.tools.derive import documented, reference_pages
from scripts.tools.pages import ROOT

OLD = ROOT / "scripts" / "assets" / "old_reference.txt"
"""The old addresses below `reference/`, one a line."""
PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>This page has moved</title>
<script>location.replace("{page}" + (location.hash || "{anchor}"))</script>
<meta http-equiv="refresh" content="0; url={page}{anchor}">
</head>
<body><p>This page has moved to <a href="{page}{anchor}">{name}</a>.</p></body>
</html>
"""


def places(pages: dict[str, str], old: str) -> dict[str, str]:
    """Return where each old address leads: `layers`, or `layers#module`.

    A module that has moved inside its topic is found by its name. One that has been
    renamed leads to its topic, and the exercises, which have no page, to the index.

    Args:
        pages: The text of each page of the reference, by its name.
        old: The old addresses, one a line.
    """
    topics = {name.partition("/")[0]: name for name in reversed(pages)}
    modules = {
        (module.split(".")[1], module.rpartition(".")[2]): f"{name}#{module}"
        for name, text in pages.items()
        for module in documented(text)
    }
    return {
        address: modules.get((topic, module), topics.get(topic, "index"))
        for address in old.split()
        for topic, _, module in [address.partition("/")]
    }


def write(site: Path) -> None:
    """Write the small pages into a built site, with the kind of address that it has."""
    folders = (site / "reference" / "layers" / "index.html").is_file()
    pages = {
        page.name.removeprefix("reference/"): page.text for page in reference_pages()
    }
    for old, place in places(pages, OLD.read_text(encoding="utf-8")).items():
        file = site / "reference" / (f"{old}/index.html" if folders else f"{old}.html")
        if file.exists():  # a page of today has the address
            continue
        name, _, module = place.partition("#")
        new = name.removesuffix("index") if folders else f"{name}.html"
        page = posixpath.relpath(new or ".", old if folders else posixpath.dirname(old))
        anchor = f"#{module}" if module else ""
        text = PAGE.format(
            page=f"{page}/" if folders else page, anchor=anchor, name=module or name
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def main() -> None:
    """Take MkDocs' own option for the folder of the site; pass over its others."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-d", "--site-dir", type=Path, default=ROOT / "site")
    write(parser.parse_known_args()[0].site_dir)


if __name__ == "__main__":
    main()
