"""Write the storyteller as two scripts, for the figures that run it in the browser.

A page that is opened from a file may load a script, but not fetch a file.
"""

import json
from base64 import b64encode
from pathlib import Path

from scripts.tools.pages import DOCS, ROOT

SOURCE = ROOT / "src" / "llm_foundations" / "models" / "assets" / "storyteller"
TARGET = DOCS / "assets" / "storyteller"
SPACE = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What Python counts as white space; JavaScript counts otherwise."""


def pattern(tokenizer: str) -> str:
    """Return how a tokenizer cuts a text into words, as JavaScript writes it."""
    for ours, theirs in {r"\s++": r"\s+", r"^\s": rf"^{SPACE}"}.items():
        tokenizer = tokenizer.replace(ours, theirs)
    return tokenizer.replace(r"\S", rf"[^{SPACE}]").replace(r"\s", f"[{SPACE}]")


def scripts() -> dict[str, str]:
    """Return the storyteller's tokenizer, and its other files, as JavaScript.

    The tokenizer stands alone: a figure that only cuts texts fetches no weights.
    """
    read = {
        name: json.loads((SOURCE / f"{name}.json").read_text("utf-8"))
        for name in ("config", "tokenizer")
    }
    model = read["tokenizer"]["model"]
    (split, _) = read["tokenizer"]["pre_tokenizer"]["pretokenizers"]
    tokenizer = {
        "vocab": model["vocab"],
        "merges": model["merges"],
        "pattern": pattern(split["pattern"]["Regex"]),
    }
    weights = b64encode((SOURCE / "model.safetensors").read_bytes()).decode()
    files = {"config": read["config"], "weights": weights}
    return {
        "tokenizer.js": f"var storytellerTokenizer = {json.dumps(tokenizer)};\n",
        "files.js": f"var storytellerFiles = {json.dumps(files)};\n",
    }


def write(folder: Path) -> None:
    """Write the scripts into a folder."""
    for name, text in scripts().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(TARGET)
