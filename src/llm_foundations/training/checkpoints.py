"""One file that holds a whole run: never half-written, never trusted unread.

A checkpoint is a safetensors file. Its tensors are the run's; the rest of the state
stands as JSON in its metadata, with a checksum over both. It is written beside its
place, forced to the disk and then renamed, so at every moment its name stands for a
whole file: the old one or the new one.
"""

import hashlib
import json
import random
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from llm_foundations.files import write_atomically

FORMAT = "llm_foundations checkpoint 1"
"""What the header of a checkpoint calls itself."""


class CheckpointError(ValueError):
    """A file that is no whole checkpoint."""


def save_checkpoint(path: str | Path | BufferedIOBase, state: dict[str, Any]) -> None:
    """Write a state, in place of an older one if there is any.

    Args:
        path: The file's name; its folder is made if it is missing. Or a file open for
            binary writing, which gets the content from where it stands, as it can.
        state: Nested dicts, lists and tuples of tensors and of what JSON holds,
            such as `Trainer.state_dict` returns.

    Raises:
        OSError: If it cannot be written. The older file is then as it was.
        TypeError: If the state holds anything else.
    """
    tensors: dict[str, Tensor] = {}
    text = json.dumps(_encode(state, "", tensors, {}))
    metadata = {"format": FORMAT, "state": text, "sha256": _digest(text, tensors)}
    content = save(tensors, metadata)
    if isinstance(path, str | Path):
        write_atomically(Path(path), content)
    else:
        path.write(content)


def load_checkpoint(path: str | Path | BufferedIOBase) -> dict[str, Any]:
    """Read a state back, on the CPU, exactly as it was.

    Args:
        path: The file's name, or a file open for binary reading, from where it stands
            to its end.

    Raises:
        OSError: If it cannot be read.
        CheckpointError: If it is truncated, damaged, or something else.
    """
    data = Path(path).read_bytes() if isinstance(path, str | Path) else path.read()
    try:
        tensors = load(data)
    except SafetensorError as error:
        message = f"{path} is truncated, or no safetensors file ({error})"
        raise CheckpointError(message) from None
    header = data[8 : 8 + int.from_bytes(data[:8], "little")]
    metadata = json.loads(header).get("__metadata__", {})
    if metadata.get("format") != FORMAT:
        raise CheckpointError(f"{path} holds tensors, but no training run")
    if _digest(metadata["state"], tensors) != metadata["sha256"]:
        raise CheckpointError(f"{path} is damaged: its checksum does not fit")
    state: dict[str, Any] = _decode(json.loads(metadata["state"]), tensors)
    return state


def _encode(
    value: object, name: str, tensors: dict[str, Tensor], seen: dict[object, str]
) -> object:
    """Return what JSON can hold, and put the tensors aside under their paths.

    Dicts and tuples are written with a tag, so that whole numbers as keys come
    back as such. Tensors that share memory, as tied weights do, are written once.
    """
    if isinstance(value, Tensor):
        place = (value.data_ptr(), value.shape, value.stride(), value.dtype)
        if value.numel() == 0 or place not in seen:
            seen[place] = name
            tensors[name] = _own(value)
        return {"tensor": seen[place]}
    if isinstance(value, dict):
        items = value.items()
        encoded = [[k, _encode(v, f"{name}.{k}", tensors, seen)] for k, v in items]
        return {"dict": encoded}
    if isinstance(value, list | tuple):
        parts = [_encode(v, f"{name}.{i}", tensors, seen) for i, v in enumerate(value)]
        return parts if isinstance(value, list) else {"tuple": parts}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{name} is {type(value).__name__}, which JSON cannot hold")


def _decode(value: object, tensors: dict[str, Tensor]) -> Any:  # noqa: ANN401
    """Turn back what `_encode` made."""
    if isinstance(value, list):
        return [_decode(v, tensors) for v in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "tuple":
        return tuple(_decode(v, tensors) for v in content)
    return {key: _decode(v, tensors) for key, v in content}


def _own(tensor: Tensor) -> Tensor:
    """Return a tensor on the CPU that shares memory with no other."""
    tensor = tensor.detach().cpu().contiguous()
    whole = tensor.untyped_storage().nbytes() == tensor.nbytes
    return tensor if whole else tensor.clone()


def _digest(text: str, tensors: dict[str, Tensor]) -> str:
    """Return a checksum of all that a checkpoint says."""
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def random_state() -> dict[str, Any]:
    """Return the state of Python's, NumPy's and PyTorch's generators.

    Examples:
        >>> state = random_state()
        >>> first = torch.rand(3)
        >>> set_random_state(state)
        >>> torch.equal(torch.rand(3), first)
        True
    """
    numpy: Any = np.random.get_state(legacy=False)
    keys = torch.from_numpy(numpy["state"]["key"].astype(np.int64))
    return {
        "python": random.getstate(),
        "numpy": {**numpy, "state": {**numpy["state"], "key": keys}},
        "torch": torch.get_rng_state(),
        "cuda": list(torch.cuda.get_rng_state_all()),
    }


def set_random_state(state: dict[str, Any]) -> None:
    """Put every generator back to a state.

    Args:
        state: What [`random_state`][llm_foundations.training.checkpoints.random_state]
            returned, on a machine with as many GPUs.
    """
    numpy = state["numpy"]
    keys = numpy["state"]["key"].numpy().astype(np.uint32)
    random.setstate(state["python"])
    np.random.set_state({**numpy, "state": {**numpy["state"], "key": keys}})
    torch.set_rng_state(state["torch"])
    torch.cuda.set_rng_state_all(state["cuda"])
