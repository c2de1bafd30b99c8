"""What each kind of tokenizer is in a `tokenizer.json`, written and read.

A writer gives the parts of the file that make the kind: how text is prepared and
cut, the model, and how tokens become text. A reader takes the whole file.
"""

from typing import Any

from llm_foundations.tokenizers.bpe import BPETokenizer
from llm_foundations.tokenizers.byte_alphabet import read_bytes, write_bytes
from llm_foundations.tokenizers.characters import CharacterTokenizer
from llm_foundations.tokenizers.split_patterns import GPT2_PATTERN
from llm_foundations.tokenizers.unigram import SPACE, UnigramTokenizer
from llm_foundations.tokenizers.wordpiece import LONGEST_WORD, WordPieceTokenizer
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
            knows tokens by name only.
    """
    vocabulary = {write_bytes(token): i for token, i in tokenizer.vocabulary.items()}
    if clashing := vocabulary.keys() & tokenizer.special_tokens.keys():
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
            "vocab": vocabulary | tokenizer.special_tokens,
            "merges": [[write_bytes(a), write_bytes(b)] for (a, b), _ in merges],
        },
        "decoder": BYTE_LEVEL,
    }


def read_bpe(data: Json, special_tokens: dict[str, int]) -> BPETokenizer:
    """Byte pair encoding on bytes, as GPT-2, Llama 3 and this course have it."""
    model = data["model"]
    vocabulary = {
        read_bytes(token): i
        for token, i in model["vocab"].items()
        if token not in special_tokens
    }
    # Older files write a merge as one string.
    merges = [m.split(" ") if isinstance(m, str) else m for m in model["merges"]]
    ranks = {(read_bytes(a), read_bytes(b)): rank for rank, (a, b) in enumerate(merges)}
    return BPETokenizer(
        vocabulary,
        ranks,
        _pattern(data["pre_tokenizer"]),
        special_tokens,
        ignore_merges=model.get("ignore_merges", False),
    )


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
            return pattern
    raise ValueError(f"cannot read the pre_tokenizer {pre_tokenizer}")


def write_wordpiece(tokenizer: WordPieceTokenizer) -> Json:
    """The parts of WordPiece, with "[CLS]" and "[SEP]" around what others encode."""
    parts: Json = {
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
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


def read_wordpiece(data: Json, special_tokens: dict[str, int]) -> WordPieceTokenizer:
    """WordPiece with BERT's preparation of the text."""
    return WordPieceTokenizer(
        _in_order(data["model"]["vocab"] | special_tokens),
        special_tokens,
        data["model"]["unk_token"],
        lowercase=bool((data["normalizer"] or {}).get("lowercase")),
    )


def write_unigram(tokenizer: UnigramTokenizer) -> Json:
    """The parts of a unigram model whose text starts without a space."""
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


def read_unigram(data: Json, special_tokens: dict[str, int]) -> UnigramTokenizer:
    """A unigram model over words that start with "▁"."""
    vocabulary = data["model"]["vocab"]
    unknown = vocabulary[data["model"]["unk_id"]][0]
    return UnigramTokenizer(dict(vocabulary), special_tokens, unknown)


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
    data: Json, special_tokens: dict[str, int]
) -> CharacterTokenizer | WordTokenizer:
    """Characters where the file splits by a pattern, words otherwise."""
    is_characters = (data["pre_tokenizer"] or {}).get("type") == "Split"
    kind = CharacterTokenizer if is_characters else WordTokenizer
    tokens = _in_order(data["model"]["vocab"] | special_tokens)
    return kind(tokens, special_tokens, data["model"]["unk_token"])


def _in_order(ids: dict[str, int]) -> list[str]:
    tokens = sorted(ids, key=lambda token: ids[token])
    if [ids[token] for token in tokens] != list(range(len(ids))):
        raise ValueError("the ids have gaps")
    return tokens
