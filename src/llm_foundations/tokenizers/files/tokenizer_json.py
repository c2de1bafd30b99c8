"""`tokenizer.json`, the file in which Hugging Face keeps a tokenizer: both ways.

What the course trains is saved in this form, so that `AutoTokenizer` loads it; and
tokenizers of published models can be read where they are of a kind that the course
has. A file that asks for more is refused: half a tokenizer gives wrong ids.

Ids are those of the library, or the file is refused by the name of what it asks for.
What a file adds around encoded text, as BERT's "[CLS]", is left to the caller, and so
is how it says that tokens become text again.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from llm_foundations.files import write_atomically
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer
from llm_foundations.tokenizers.characters import CharacterTokenizer
from llm_foundations.tokenizers.files.json_parts import (
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
from llm_foundations.tokenizers.interface import Tokenizer
from llm_foundations.tokenizers.special_tokens import AddedToken, TakesSpecialTokens
from llm_foundations.tokenizers.unigram.tokenizer import UnigramTokenizer
from llm_foundations.tokenizers.wordpiece.tokenizer import WordPieceTokenizer
from llm_foundations.tokenizers.words import WordTokenizer

WRITERS: dict[type, Callable[..., Json]] = {
    BPETokenizer: write_bpe,
    WordPieceTokenizer: write_wordpiece,
    UnigramTokenizer: write_unigram,
    CharacterTokenizer: write_characters,
    WordTokenizer: write_words,
}
"""What writes each kind of tokenizer."""
READERS: dict[
    str,
    Callable[
        [Json, dict[str, int]],
        BPETokenizer
        | WordPieceTokenizer
        | UnigramTokenizer
        | CharacterTokenizer
        | WordTokenizer,
    ],
] = {
    "BPE": read_bpe,
    "WordPiece": read_wordpiece,
    "Unigram": read_unigram,
    "WordLevel": read_word_level,
}
"""What reads each kind of model in `tokenizer.json`."""
FIELDS: dict[str, dict[str, type]] = {
    "BPE": {"vocab": dict, "merges": list},
    "WordPiece": {
        "vocab": dict,
        "unk_token": str,
        "continuing_subword_prefix": str,
        "max_input_chars_per_word": int,
    },
    "WordLevel": {"vocab": dict, "unk_token": str},
    "Unigram": {"vocab": list},
}
"""What a model of each kind must have. Without a type, it is the first that fits."""
DEFAULTS: dict[str, Json] = {
    "BPE": {
        "dropout": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "ignore_merges": False,
    },
    "Unigram": {"unk_id": None, "byte_fallback": False},
    "BertNormalizer": {"strip_accents": None},
    "ByteLevel": {"use_regex": True},
    "Metaspace": {"prepend_scheme": "always", "split": True},
}
"""What `tokenizers` takes for a field that is not there."""
HARMLESS = {
    # All bytes are known, so that nothing is unknown or has to fall back.
    "BPE": {"unk_token", "fuse_unk", "byte_fallback"},
    # The older form of `prepend_scheme`, which must say the same.
    "Metaspace": {"add_prefix_space", "str_rep"},
}
"""Fields that change no id, whatever they say."""
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
    for name, part in [("tokenizer", contents), ("tokenizer_config", config)]:
        text = json.dumps(part, ensure_ascii=False, indent=2) + "\n"
        write_atomically(Path(directory, f"{name}.json"), text.encode())


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
    if not isinstance(tokenizer, TakesSpecialTokens) or type(tokenizer) not in WRITERS:
        raise TypeError(f"cannot write a {type(tokenizer).__name__} as tokenizer.json")
    empty = dict.fromkeys(
        ("truncation", "padding", "normalizer", "pre_tokenizer", "post_processor")
    )
    added = [_added_token(t, i) for t, i in tokenizer.added_tokens.items()]
    parts = WRITERS[type(tokenizer)](tokenizer)
    return {"version": "1.0", "added_tokens": added, "decoder": None} | empty | parts


def from_json(contents: Json) -> Tokenizer:
    """The tokenizer that the contents of a `tokenizer.json` describe.

    Examples:
        >>> contents = to_json(CharacterTokenizer(["<unk>", "a", "b"]))
        >>> from_json(contents).encode("ab")
        [1, 2]
    """
    contents = _filled(contents)
    kind = contents["model"]["type"]
    added = _read_added_tokens(contents["added_tokens"], contents["model"]["vocab"])
    tokenizer = READERS[kind](contents, added)
    if tokenizer.added_tokens.keys() - added.keys():
        raise ValueError("the token for the unknown is not among the added tokens")
    _check_understood(contents, tokenizer)
    return tokenizer


def _filled(contents: Json) -> Json:
    """The file's parts with all that `tokenizers` takes for granted written out."""
    if not isinstance(contents, dict) or not isinstance(contents.get("model"), dict):
        raise ValueError("there is no model")
    for part in ("truncation", "padding"):
        if contents.get(part) is not None:
            raise ValueError(f"cannot read a file with {part}: {contents[part]}")
    if contents.get("version", "1.0") != "1.0":
        raise ValueError(f"cannot read version {contents['version']!r}")
    parts = {p: _component(contents.get(p)) for p in ("normalizer", "pre_tokenizer")}
    model = {"type": _kind(contents["model"])} | contents["model"]
    added = contents.get("added_tokens", [])
    return parts | {"added_tokens": added, "model": _with_defaults(model)}


def _kind(model: Json) -> str:
    """The type of a model; files written before `tokenizers` 0.9 do not name it."""
    if "type" in model and model["type"] not in READERS:
        raise ValueError(f"cannot read a model of type {model['type']!r}")
    for kind in [model["type"]] if "type" in model else READERS:
        fields = FIELDS[kind]
        if all(isinstance(model.get(field), fields[field]) for field in fields):
            return kind
    raise ValueError(
        f"cannot read a model with the fields {sorted(model)}: {fields} are missing "
        "or of another type"
    )


def _component(part: Json | None) -> Json | None:
    """A normalizer or pre-tokenizer; a sequence of one is that one."""
    if part is None:
        return None
    if part.get("type") == "Sequence":
        (key,) = part.keys() & {"normalizers", "pretokenizers"} or {""}
        steps = [step for step in map(_component, part.get(key, [])) if step]
        if len(steps) < 2:
            return steps[0] if steps else None
        return part | {key: steps}
    return _with_defaults(part)


def _with_defaults(part: Json) -> Json:
    harmless = HARMLESS.get(part.get("type", ""), set())
    given = {key: value for key, value in part.items() if key not in harmless}
    return DEFAULTS.get(part.get("type", ""), {}) | given


def _added_token(name: str, token_id: int) -> Json:
    token = AddedToken.of(name)
    return {
        "id": token_id,
        "content": name,
        "single_word": False,
        "lstrip": token.strips_left,
        "rstrip": token.strips_right,
        "normalized": token.normalized,
        "special": token.special,
    }


def _read_added_tokens(tokens: list[Json], vocab: Json | list[Any]) -> dict[str, int]:
    """The id of each added token: that of the vocabulary, or the next."""
    known = vocab if isinstance(vocab, dict) else {v[0]: i for i, v in enumerate(vocab)}
    ids: dict[str, int] = {}
    next_id = len(vocab)
    for token in tokens:
        name = _read_added_token(token)
        if name in ids:
            raise ValueError(f"the added token {name!r} comes twice")
        ids[name] = known.get(name, next_id)
        if token["id"] != ids[name]:
            raise ValueError(
                f"the added token {name!r} has the id {token['id']}, "
                f"where `tokenizers` would give it {ids[name]}"
            )
        next_id += name not in known
    return ids


def _read_added_token(token: Json) -> AddedToken:
    flags = ("special", "normalized", "lstrip", "rstrip", "single_word")
    wrong = [flag for flag in flags if not isinstance(token.get(flag), bool)]
    if wrong or not {"id", "content"} <= token.keys():
        raise ValueError(f"cannot read the added token {token}, without {wrong}")
    if token["single_word"]:
        raise ValueError(
            f"cannot read the added token {token['content']!r} with single_word: True"
        )
    return AddedToken(
        token["content"],
        special=token["special"],
        normalized=token["normalized"],
        strips_left=token["lstrip"],
        strips_right=token["rstrip"],
    )


def _check_understood(contents: Json, tokenizer: Tokenizer) -> None:
    """What was read must say, written again, all that the file says."""
    ours = _filled(to_json(tokenizer))
    parts = ["normalizer", "model"]
    if not isinstance(tokenizer, BPETokenizer):  # whose reader has looked at it
        parts.append("pre_tokenizer")
    for part in parts:
        _compare(part, contents[part], ours[part])


def _compare(part: str, theirs: Json | None, ours: Json | None) -> None:
    """Refuse a part of a file of which any field is not as we would write it."""
    if theirs is None or ours is None:
        if theirs is ours:
            return
        raise ValueError(f"cannot read the {part} {theirs}")
    for key in ours.keys() - theirs.keys():
        raise ValueError(f"cannot read the {part} without {key}: {theirs}")
    for key in theirs.keys() - {"vocab", "merges"}:
        # No dropout is 0 or null, no prefix is "" or null.
        value, expected = theirs[key], ours.get(key)
        if (value or None) != (expected or None):
            raise ValueError(f"cannot read the {part} with {key}: {value!r}")
