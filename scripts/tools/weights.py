"""Write the storyteller as one script, for the figures that run it in the browser.

A page that is opened from a file may load a script, but not fetch a file.
"""

import json
from base64 import b64encode

from scripts.tools.pages import DOCS, ROOT

SOURCE = ROOT / "src" / "llm_foundations" / "models" / "assets" / "storyteller"
TARGET = DOCS / "assets" / "storyteller" / "files.js"
SPACE = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What Python counts as white space; JavaScript counts otherwise."""


def pattern(tokenizer: str) -> str:
    """Return how a tokenizer cuts a text into words, as JavaScript writes it."""
    for ours, theirs in {r"\s++": r"\s+", r"^\s": rf"^{SPACE}"}.items():
        tokenizer = tokenizer.replace(ours, theirs)
    return tokenizer.replace(r"\S", rf"[^{SPACE}]").replace(r"\s", f"[{SPACE}]")


def script() -> str:
    """Return the storyteller's configuration, tokenizer and weights as JavaScript."""
    read = {
        name: json.loads((SOURCE / f"{name}.json").read_text("utf-8"))
        for name in ("config", "tokenizer")
    }
    model = read["tokenizer"]["model"]
    (split, _) = read["tokenizer"]["pre_tokenizer"]["pretokenizers"]
    files = {
        "config": read["config"],
        "tokenizer": {
            "vocab": model["vocab"],
            "merges": model["merges"],
            "pattern": pattern(split["pattern"]["Regex"]),
        },
        "weights": b64encode((SOURCE / "model.safetensors").read_bytes()).decode(),
    }
    return f"var storytellerFiles = {json.dumps(files)};\n"


if __name__ == "__main__":
    TARGET.write_text(script(), encoding="utf-8")
