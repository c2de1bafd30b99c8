"""`tokenizer.json`, the file in which Hugging Face keeps a tokenizer: both ways.

What the course trains is saved in this form, so that `AutoTokenizer` loads it; and
tokenizers of published models can be read where they are of a kind that the course
has. A file that asks for more is refused: half a tokenizer gives wrong ids.

What a file adds around encoded text, as BERT's "[CLS]", is left to the caller, and
so is tidying spaces on the way back to text.
"""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from llm_foundations.tokenizers.bpe import BPETokenizer
from llm_foundations.tokenizers.characters import CharacterTokenizer
from llm_foundations.tokenizers.interface import Tokenizer
from llm_foundations.tokenizers.json_parts import (
    Json,
    read_bpe,
    read_unigram,
    read_word_level,
    read_wordpiece,
    write_bpe,
    write_characters,
    write_unigram,
    write_wordpiece,
    write_words,
)
from llm_foundations.tokenizers.unigram import UnigramTokenizer
from llm_foundations.tokenizers.wordpiece import WordPieceTokenizer
from llm_foundations.tokenizers.words import WordTokenizer

WRITERS: dict[type, Callable[..., Json]] = {
    BPETokenizer: write_bpe,
    WordPieceTokenizer: write_wordpiece,
    UnigramTokenizer: write_unigram,
    CharacterTokenizer: write_characters,
    WordTokenizer: write_words,
}
"""What writes each kind of tokenizer."""
READERS: dict[str, Callable[[Json, dict[str, int]], Tokenizer]] = {
    "BPE": read_bpe,
    "WordPiece": read_wordpiece,
    "Unigram": read_unigram,
    "WordLevel": read_word_level,
}
"""What reads each kind of model in `tokenizer.json`."""
ROLES = {
    "<|endoftext|>": "eos_token",
    "</s>": "eos_token",
    "<s>": "bos_token",
    "<unk>": "unk_token",
    "<pad>": "pad_token",
    "<mask>": "mask_token",
    "[UNK]": "unk_token",
    "[PAD]": "pad_token",
    "[CLS]": "cls_token",
    "[SEP]": "sep_token",
    "[MASK]": "mask_token",
}
"""What `AutoTokenizer` takes a special token of this name for."""


def save_tokenizer(tokenizer: Tokenizer, directory: str | Path) -> None:
    """Write a tokenizer so that `AutoTokenizer.from_pretrained(directory)` loads it.

    Raises:
        TypeError: If the tokenizer is none of the course's five.
        ValueError: If the form cannot hold it.
    """
    contents = to_json(tokenizer)
    config = {ROLES[t]: t for t in tokenizer.special_tokens if t in ROLES}
    config |= {"tokenizer_class": "PreTrainedTokenizerFast"}
    Path(directory).mkdir(parents=True, exist_ok=True)
    _write_whole(Path(directory, "tokenizer.json"), contents)
    _write_whole(Path(directory, "tokenizer_config.json"), config)


def load_tokenizer(path: str | Path) -> Tokenizer:
    """Read a tokenizer from a `tokenizer.json`, or from the directory it is in.

    Raises:
        FileNotFoundError: If there is none.
        ValueError: If it is not JSON, or asks for what the course does not have.
    """
    path = Path(path)
    path = path / "tokenizer.json" if path.is_dir() else path
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def to_json(tokenizer: Tokenizer) -> Json:
    """The contents of the `tokenizer.json` of a tokenizer.

    Examples:
        >>> contents = to_json(CharacterTokenizer(["<unk>", "a"]))
        >>> contents["model"]
        {'type': 'WordLevel', 'vocab': {'<unk>': 0, 'a': 1}, 'unk_token': '<unk>'}
    """
    if type(tokenizer) not in WRITERS:
        raise TypeError(f"cannot write a {type(tokenizer).__name__} as tokenizer.json")
    empty = dict.fromkeys(
        ("truncation", "padding", "normalizer", "pre_tokenizer", "post_processor")
    )
    added = [_added_token(t, i) for t, i in tokenizer.special_tokens.items()]
    parts = WRITERS[type(tokenizer)](tokenizer)
    return {"version": "1.0", "added_tokens": added, "decoder": None} | empty | parts


def from_json(contents: Json) -> Tokenizer:
    """The tokenizer that the contents of a `tokenizer.json` describe.

    Examples:
        >>> contents = to_json(CharacterTokenizer(["<unk>", "a", "b"]))
        >>> from_json(contents).encode("ab")
        [1, 2]
    """
    kind = contents["model"].get("type")
    if kind not in READERS:
        raise ValueError(f"cannot read a model of type {kind!r}")
    special_tokens = {t["content"]: t["id"] for t in contents["added_tokens"]}
    tokenizer = READERS[kind](contents, special_tokens)
    _check_understood(contents, tokenizer)
    return tokenizer


def _added_token(name: str, token_id: int) -> Json:
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": token_id, "content": name, **flags, "special": True}


def _check_understood(contents: Json, tokenizer: Tokenizer) -> None:
    """What was read must say, written again, all that the file says."""
    _check_added_tokens(contents["added_tokens"], tokenizer)
    ours = to_json(tokenizer)
    parts = ["normalizer", "model"]
    if not isinstance(tokenizer, BPETokenizer):  # whose reader has looked at it
        parts.append("pre_tokenizer")
    for part in parts:
        if bool(contents[part]) != bool(ours[part]):
            raise ValueError(f"cannot read the {part} {contents[part]}")
        for key, value in (contents[part] or {}).items():
            expected = (ours[part] or {}).get(key)
            if key not in ("vocab", "merges") and (value or None) != (expected or None):
                raise ValueError(f"cannot read the {part} with {key}: {value!r}")


def _check_added_tokens(added_tokens: list[Json], tokenizer: Tokenizer) -> None:
    for token in added_tokens:
        if token["lstrip"] or token["rstrip"] or token["single_word"]:
            raise ValueError(f"cannot read the added token {token}")
    if tokenizer.special_tokens.keys() - {t["content"] for t in added_tokens}:
        raise ValueError("the token for the unknown is not among the added tokens")


def _write_whole(path: Path, contents: Json) -> None:
    """Write a file so that it is there whole or not at all."""
    text = json.dumps(contents, ensure_ascii=False, indent=2) + "\n"
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
