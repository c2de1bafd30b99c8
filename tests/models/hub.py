"""A stand-in for the model hub on 127.0.0.1, and what the tests ask it for.

The repositories hold small models with random weights, their files laid out as in the
real ones: BERT's old names of the norms and its pre-training heads, GPT-2's names
without a prefix and its saved causal masks.
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import torch
from tokenizers.pre_tokenizers import ByteLevel

from scripts.tools.hub import COMMIT, write, write_bert
from tests.models.families import bert, gpt2


class Handler(BaseHTTPRequestHandler):
    """Answers what `from_pretrained` and `hf_hub_download` ask."""

    root: Path

    def do_HEAD(self) -> None:
        """Answer without a body."""
        self.answer(with_body=False)

    def do_GET(self) -> None:
        """Answer with a body."""
        self.answer(with_body=True)

    def log_message(self, *args: object) -> None:
        """Say nothing: a test's output is for its failures."""

    def answer(self, *, with_body: bool) -> None:
        """Send a file, or what there is to say about a repository."""
        path = self.path.split("?")[0].strip("/")
        repository, _, rest = path.removeprefix("api/models/").partition("/resolve/")
        repository = repository.split("/tree/")[0].split("/revision/")[0]
        folder, name = self.root / repository, rest.partition("/")[2]
        if not folder.is_dir():
            # The real hub does not tell a stranger what is missing from what is hidden.
            self.reply(401, {"X-Error-Code": "RepoNotFound"})
        elif path.startswith("api/models/"):
            self.reply(200, {}, listing(folder, path) if with_body else b"")
        elif (folder / name).is_file():
            self.send_file(folder / name, with_body)
        else:
            self.reply(404, {"X-Error-Code": "EntryNotFound"})

    def send_file(self, file: Path, with_body: bool) -> None:
        """Send a file; half of the weights, if its repository is called cut-off."""
        content = file.read_bytes()
        headers = {
            "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
            "X-Repo-Commit": COMMIT,
            "Content-Length": str(len(content)),
        }
        if "cut-off" in file.parts and file.suffix == ".safetensors":
            content = content[: len(content) // 2]
        self.reply(200, headers, content if with_body else b"")

    def reply(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        """Send one whole answer."""
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def listing(folder: Path, path: str) -> bytes:
    """Return what the hub's interface says of a repository, or of its files."""
    names = sorted(file.name for file in folder.iterdir())
    if "/tree/" in path:
        files = [{"type": "file", "path": name, "size": 0, "oid": ""} for name in names]
        return json.dumps(files).encode()
    siblings = [{"rfilename": name} for name in names]
    return json.dumps({"id": folder.name, "sha": COMMIT, "siblings": siblings}).encode()


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """Serve the repositories in `root` at the address that is yielded."""
    handler = type("Handler", (Handler,), {"root": root})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def write_repositories(root: Path) -> None:
    """Write two that are whole, one without weights, and one for the cut-off line."""
    torch.manual_seed(0)
    write_bert(root / "bert-base-uncased", bert("ForPreTraining")[1])
    write_gpt2(root / "openai-community" / "gpt2")
    write_gpt2(root / "someone" / "cut-off")
    write_gpt2(root / "someone" / "no-weights")
    (root / "someone" / "no-weights" / "model.safetensors").unlink()


def write_gpt2(folder: Path) -> None:
    _, theirs = gpt2(vocab_size=257)
    weights = {
        name.removeprefix("transformer."): tensor
        for name, tensor in theirs.state_dict().items()
        if name != "lm_head.weight"
    }
    weights |= {f"h.{i}.attn.bias": torch.ones(24, 24)[None, None] for i in range(2)}
    write(folder, weights, theirs.config.to_dict(), "GPT2LMHeadModel")
    letters = [*sorted(ByteLevel.alphabet()), "<|endoftext|>"]
    vocabulary = {letter: i for i, letter in enumerate(letters)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
