"""What each kind of tokenizer is in a `tokenizer.json`, written and read.

A writer gives the parts of the file that make the kind: how text is prepared and
cut, the model, and how tokens become text. A reader takes the whole file.
"""

from typing import Any

from llm_foundations.tokenizers.bpe.byte_alphabet import BYTES, read_bytes, write_bytes
from llm_foundations.tokenizers.bpe.split_patterns import GPT2_PATTERN, check_portable
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer
from llm_foundations.tokenizers.characters import CharacterTokenizer
from llm_foundations.tokenizers.special_tokens import AddedToken
from llm_foundations.tokenizers.unigram.tokenizer import SPACE, UnigramTokenizer
from llm_foundations.tokenizers.wordpiece.tokenizer import (
    LONGEST_WORD,
    WordPieceTokenizer,
    split_words,
)
from llm_foundations.tokenizers.words import WordTokenizer

Json = dict[str, Any]
"""A JSON object."""
BYTE_LEVEL = {
    "type": "ByteLevel",
    "add_prefix_space": False,
    "trim_offsets": True,
    "use_regex": False,
}
"""How `tokenizer.json` names the alphabet of bytes."""
METASPACE = {
    "type": "Metaspace",
    "replacement": SPACE,
    "prepend_scheme": "never",
    "split": True,
}
"""How `tokenizer.json` names the sign for a space."""


def write_bpe(tokenizer: BPETokenizer) -> Json:
    """The parts of byte pair encoding.

    Raises:
        ValueError: If a special token has the name of an ordinary one: the file
            knows tokens by name only. Or if `tokenizers` may read the split pattern
            in another way.
    """
    check_portable(tokenizer.pattern)
    added = tokenizer.added_tokens
    vocabulary = {write_bytes(token): i for token, i in tokenizer.vocabulary.items()}
    clashing = [t for t in added if vocabulary.get(t, added[t]) != added[t]]
    if clashing:
        raise ValueError(f"ordinary tokens have the same name: {sorted(clashing)}")
    merges = sorted(tokenizer.merge_ranks.items(), key=lambda item: item[1])
    return {
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [_split(tokenizer.pattern), BYTE_LEVEL],
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": tokenizer.ignore_merges,
            "vocab": vocabulary | added,
            "merges": [[write_bytes(a), write_bytes(b)] for (a, b), _ in merges],
        },
        "decoder": BYTE_LEVEL,
    }


def read_bpe(data: Json, added_tokens: dict[str, int]) -> BPETokenizer:
    """Byte pair encoding on bytes, as GPT-2, Llama 3 and this course have it.

    Raises:
        ValueError: If the file asks for what the course does not have.
    """
    model = data["model"]
    names = {t for t in model["vocab"] if t not in added_tokens or _is_text(t)}
    vocabulary = {read_bytes(token): model["vocab"][token] for token in names}
    # Older files write a merge as one string.
    merges = [m.split(" ") if isinstance(m, str) else m for m in model["merges"]]
    ranks = {(read_bytes(a), read_bytes(b)): rank for rank, (a, b) in enumerate(merges)}
    return BPETokenizer(
        vocabulary,
        ranks,
        _pattern(data["pre_tokenizer"]),
        added_tokens,
        ignore_merges=bool(model.get("ignore_merges")),
    )


def _is_text(name: str) -> bool:
    """Whether the name of an added token is also how its bytes are written.

    Raises:
        ValueError: If other bytes are written so.
    """
    if not set(name) <= BYTES.keys():
        return False
    if read_bytes(name) != name.encode():
        raise ValueError(
            f"cannot read the added token {name!r}: the vocabulary writes the bytes "
            f"{read_bytes(name)!r} so"
        )
    return True


def _split(pattern: str) -> Json:
    return {
        "type": "Split",
        "pattern": {"Regex": pattern},
        "behavior": "Isolated",
        "invert": False,
    }


def _pattern(pre_tokenizer: Json) -> str:
    """The split pattern of a byte-level file; GPT-2's is named by a flag alone."""
    match pre_tokenizer:
        case {"type": "ByteLevel", "add_prefix_space": False}:
            if pre_tokenizer.get("use_regex", True):
                return GPT2_PATTERN
        case {
            "type": "Sequence",
            "pretokenizers": [
                {
                    "type": "Split",
                    "pattern": {"Regex": str(pattern)},
                    "behavior": "Isolated",
                    "invert": False,
                },
                {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False},
            ],
        }:
            check_portable(pattern)
            return pattern
    raise ValueError(f"cannot read the pre_tokenizer {pre_tokenizer}")


def write_wordpiece(tokenizer: WordPieceTokenizer) -> Json:
    """The parts of WordPiece, with "[CLS]" and "[SEP]" around what others encode.

    Raises:
        ValueError: If an added token could also come out of ordinary text.
    """
    _check_apart(tokenizer)
    parts: Json = {
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": tokenizer.strip_accents,
            "lowercase": tokenizer.lowercase,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "model": {
            "type": "WordPiece",
            "unk_token": tokenizer.vocabulary.unknown,
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": LONGEST_WORD,
            "vocab": tokenizer.vocabulary.ids,
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": False},
    }
    if {"[CLS]", "[SEP]"} <= tokenizer.special_tokens.keys():
        parts["post_processor"] = _bert_template(tokenizer.special_tokens)
    return parts


def _check_apart(tokenizer: WordPieceTokenizer) -> None:
    """Refuse an added token that the library would also make of a word.

    Such a word has another form in the text, or the token would have been found.
    """
    for token in map(AddedToken.of, tokenizer.added_tokens):
        word = token.removeprefix("##")
        if word == token and token.normalized:
            continue
        if split_words(tokenizer.prepare(word)) == [word]:
            raise ValueError(
                f"cannot keep the added token {token!r} apart from ordinary text, "
                "which can become the same word once normalized"
            )


def _bert_template(special_tokens: dict[str, int]) -> Json:
    def mark(name: str, segment: int) -> Json:
        return {"SpecialToken": {"id": name, "type_id": segment}}

    def text(name: str, segment: int) -> Json:
        return {"Sequence": {"id": name, "type_id": segment}}

    single = [mark("[CLS]", 0), text("A", 0), mark("[SEP]", 0)]
    return {
        "type": "TemplateProcessing",
        "single": single,
        "pair": [*single, text("B", 1), mark("[SEP]", 1)],
        "special_tokens": {
            name: {"id": name, "ids": [special_tokens[name]], "tokens": [name]}
            for name in ("[CLS]", "[SEP]")
        },
    }


def read_wordpiece(data: Json, added_tokens: dict[str, int]) -> WordPieceTokenizer:
    """WordPiece with BERT's preparation of the text."""
    normalizer = data["normalizer"] or {}
    return WordPieceTokenizer(
        _in_order(data["model"]["vocab"] | added_tokens),
        added_tokens,
        data["model"]["unk_token"],
        lowercase=bool(normalizer.get("lowercase")),
        strip_accents=normalizer.get("strip_accents"),
    )


def write_unigram(tokenizer: UnigramTokenizer) -> Json:
    """The parts of a unigram model whose text starts without a space.

    Raises:
        ValueError: If an added token has the sign for a space in it, so that text
            with spaces could become the same.
    """
    if mixed := [token for token in tokenizer.added_tokens if SPACE in token]:
        raise ValueError(f"cannot keep the added tokens {mixed} apart from text")
    return {
        "pre_tokenizer": METASPACE,
        "model": {
            "type": "Unigram",
            "unk_id": tokenizer.vocabulary.ids[tokenizer.vocabulary.unknown],
            "vocab": [[piece, score] for piece, score in tokenizer.scores.items()],
            "byte_fallback": False,
        },
        "decoder": METASPACE,
    }


def read_unigram(data: Json, added_tokens: dict[str, int]) -> UnigramTokenizer:
    """A unigram model over words that start with "▁".

    Raises:
        ValueError: If it has no token for the unknown, or a piece comes twice.
    """
    vocabulary, unk_id = data["model"]["vocab"], data["model"]["unk_id"]
    if unk_id not in range(len(vocabulary)):
        raise ValueError(f"cannot read the model with unk_id: {unk_id}")
    scores = dict(vocabulary)
    if len(scores) < len(vocabulary):
        raise ValueError("cannot read the model: pieces of its vocab come twice")
    # They take no part in cutting, and must not lower the score of the unknown.
    added = dict.fromkeys(added_tokens, max(scores.values()))
    return UnigramTokenizer(
        scores | added | scores, added_tokens, vocabulary[unk_id][0]
    )


def write_characters(tokenizer: CharacterTokenizer) -> Json:
    """The parts of a tokenizer of characters."""
    return {
        "pre_tokenizer": _split(r"[\s\S]"),
        "model": _word_level(tokenizer),
        "decoder": {"type": "Fuse"},
    }


def write_words(tokenizer: WordTokenizer) -> Json:
    """The parts of a tokenizer of words."""
    return {
        "pre_tokenizer": {"type": "Whitespace"},
        "model": _word_level(tokenizer),
    }


def _word_level(tokenizer: CharacterTokenizer | WordTokenizer) -> Json:
    return {
        "type": "WordLevel",
        "vocab": tokenizer.vocabulary.ids,
        "unk_token": tokenizer.vocabulary.unknown,
    }


def read_word_level(
    data: Json, added_tokens: dict[str, int]
) -> CharacterTokenizer | WordTokenizer:
    """Characters where the file splits by a pattern, words otherwise."""
    is_characters = (data["pre_tokenizer"] or {}).get("type") == "Split"
    kind = CharacterTokenizer if is_characters else WordTokenizer
    tokens = _in_order(data["model"]["vocab"] | added_tokens)
    return kind(tokens, added_tokens, data["model"]["unk_token"])


def _in_order(ids: dict[str, int]) -> list[str]:
    tokens = sorted(ids, key=lambda token: ids[token])
    if [ids[token] for token in tokens] != list(range(len(ids))):
        raise ValueError("cannot read the model with a vocab whose ids have gaps")
    return tokens
