"""A stand-in for the model hub on 127.0.0.1, for blocks that load by a name.

A block that says `from_pretrained("bert-base-uncased")` runs as it stands in every test
run, without a network: the same name, the same files, a model of the same width with
random weights. A reader's own run asks the real hub.
"""

import atexit
import hashlib
import json
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedModel

COMMIT = "0" * 40
WORDS = ["he", "went", "to", "the", "bank", "deposit", "money", "."]


class Handler(BaseHTTPRequestHandler):
    """Answers what `from_pretrained` and `hf_hub_download` ask."""

    root: Callable[[], Path]

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
        folder, name = type(self).root() / repository, rest.partition("/")[2]
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


def _server(root: Callable[[], Path]) -> ThreadingHTTPServer:
    handler = type("Handler", (Handler,), {"root": staticmethod(root)})
    return ThreadingHTTPServer(("127.0.0.1", 0), handler)


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """Serve the repositories in `root` at the address that is yielded."""
    with _server(lambda: root) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def announce() -> Callable[[], None]:
    """Name the stand-in in the environment, before a library reads it there.

    Returns:
        What starts it, the first time that it is called.
    """
    home = tempfile.TemporaryDirectory()
    atexit.register(home.cleanup)
    server = _server(cache(lambda: _repositories(Path(home.name) / "repositories")))
    atexit.register(server.server_close)
    os.environ["HF_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"
    os.environ["HF_HOME"] = os.path.join(home.name, "home")
    os.environ["HF_HUB_DISABLE_XET"] = "1"
    os.environ["NO_PROXY"] = "127.0.0.1"
    return cache(threading.Thread(target=server.serve_forever, daemon=True).start)


def _repositories(root: Path) -> Path:
    """Write what the pages load by name, at the first request."""
    from transformers import BertConfig, BertForPreTraining

    # The real width, since a page prints it; two thin layers, since they are stored.
    sizes = {"num_hidden_layers": 2, "intermediate_size": 64}
    model = BertForPreTraining(BertConfig(vocab_size=40, **sizes))
    write_bert(root / "bert-base-uncased", model)
    return root


def write_bert(folder: Path, model: "PreTrainedModel") -> None:
    """Write a repository as BERT's is: old names of the norms, a list of words."""
    weights = {
        name.replace("Norm.weight", "Norm.gamma").replace("Norm.bias", "Norm.beta"): w
        for name, w in model.state_dict().items()
        if not name.startswith("cls.predictions.decoder.")
    }
    write(folder, weights, model.config.to_dict(), "BertForMaskedLM")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    words += [f"[unused{i}]" for i in range(model.config.vocab_size - len(words))]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": true}')


def write(
    folder: Path, weights: dict[str, Any], config: dict[str, Any], architecture: str
) -> None:
    """Write weights and config as a repository has them."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    weights = {name: tensor.contiguous() for name, tensor in weights.items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config |= {"architectures": [architecture]}
    (folder / "config.json").write_text(json.dumps(config))
