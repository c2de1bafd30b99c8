"""Files that the library wrote, in many forms: the same ids, or a `ValueError`."""

import json
from typing import Any

import pytest
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer as Library,
    models,
    normalizers,
    pre_tokenizers,
)

from llm_foundations.tokenizers.bpe.byte_alphabet import CHARACTERS
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer
from llm_foundations.tokenizers.files.tokenizer_json import from_json, to_json

WORDS = [
    *(
        "covid",
        "un",
        "##able",
        "the",
        "cat",
        "##s",
        "19",
        "é",
        "e",
        "##e",
        "!",
        "[",
        "]",
    ),
    *("<", ">", "mask", "##k", "a", "b", "ab"),
]
BERT_VOCAB = {w: i for i, w in enumerate(["[PAD]", "[UNK]", "[CLS]", "[MASK]", *WORDS])}
SPECIAL = [AddedToken(t, normalized=False, special=True) for t in list(BERT_VOCAB)[:4]]
LETTERS = {c: i for i, c in enumerate(CHARACTERS.values())}
MERGES = [("Ġ", "a"), ("a", "b"), ("Ġa", "b"), ("1", "2"), ("l", "o")]
BPE_VOCAB = LETTERS | {a + b: 256 + i for i, (a, b) in enumerate(MERGES)}
PIECES = [("<unk>", 0.0), ("▁", -2.0), ("▁ab", -3.0), ("a", -4.0), ("b", -4.5)]
TEXTS = [
    *("", " ", "covid", "COVID 19", "My Covid\u200b x", "C\u200bovid", "covids covid"),
    *(
        "[MASK]",
        "x [MASK] y",
        "  [MASK]  \n z",
        "[MASK][MASK]",
        "[mask]",
        "\x1c[MASK] ",
    ),
    *("unable cats", "Éé e\u0301 \u0301", "你好a", "İab ΟΔΟΣ", "a\x00b\ufffd", "$12.5"),
    *(
        "ab ab  aab",
        " ab",
        "Ġab",
        "▁ab ab",
        "lo 1212",
        "abc<x>ab",
        "a  <x>  b",
        "<x><xy>",
    ),
    *("bab babb", "a\tb\nab\r\n", "½ ² ß", "'s 'S", "one two", "ABab", "#ab ##s"),
    "a" * 120,
    "ab " * 40,
]


def bert(**options: Any) -> Library:
    model = models.WordPiece(BERT_VOCAB, unk_token="[UNK]")
    tokenizer = Library(model)
    tokenizer.normalizer = normalizers.BertNormalizer(**options)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_tokens(SPECIAL)
    return tokenizer


def byte_level(pre_tokenizer: Any = None, vocab: Any = None, **options: Any) -> Library:
    tokenizer = Library(models.BPE(vocab or BPE_VOCAB, MERGES, **options))
    plain = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.pre_tokenizer = pre_tokenizer or plain
    return tokenizer


def unigram(pre_tokenizer: Any = None, unk_id: int | None = 0, **options: Any) -> Any:
    tokenizer = Library(models.Unigram(PIECES, unk_id, **options))
    never = pre_tokenizers.Metaspace(prepend_scheme="never")
    tokenizer.pre_tokenizer = pre_tokenizer or never
    tokenizer.add_special_tokens(["<unk>"])
    return tokenizer


def words(pre_tokenizer: Any = None) -> Library:
    vocab = {"<unk>": 0, "a": 1, "ab": 2, "covid": 3, "<": 4, "x": 5, "b": 6}
    tokenizer = Library(models.WordLevel(vocab, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizer or pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(["<unk>"])
    return tokenizer


KINDS = {"bert": bert, "bpe": byte_level, "unigram": unigram, "words": words}


def compare(contents: dict[str, Any]) -> bool:
    """Whether the file is read, with the library's ids then; or else refused."""
    try:
        ours = from_json(contents)
    except ValueError:
        return False
    theirs = Library.from_str(json.dumps(contents))
    again = Library.from_str(json.dumps(to_json(ours)))
    for text in TEXTS:
        expected = theirs.encode(text, add_special_tokens=False).ids
        assert ours.encode(text) == expected, text
        assert again.encode(text, add_special_tokens=False).ids == expected, text
    assert ours.vocab_size >= theirs.get_vocab_size()
    return True


def contents_of(tokenizer: Library) -> dict[str, Any]:
    contents: dict[str, Any] = json.loads(tokenizer.to_str())
    return contents


def split(behavior: str, invert: bool = False, pattern: Any = None) -> Any:
    pattern = pattern or Regex(r"\s\S*|\S+")
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(pattern, behavior, invert),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


YES_NO = (True, False)
BEHAVIORS = ["removed", "isolated", "merged_with_previous", "merged_with_next"]
SEQUENCE = pre_tokenizers.Sequence
BYTES = pre_tokenizers.ByteLevel
METASPACE = pre_tokenizers.Metaspace
# A tokenizer, and whether it can be read.
FORMS: list[tuple[Any, bool]] = [
    *((bert(lowercase=low), True) for low in (True, False)),
    *(
        (bert(lowercase=low, strip_accents=acc), True)
        for low in YES_NO
        for acc in YES_NO
    ),
    (bert(clean_text=False), False),
    (bert(handle_chinese_chars=False), False),
    (byte_level(), True),
    (byte_level(BYTES(add_prefix_space=True)), False),
    (byte_level(BYTES(add_prefix_space=False, trim_offsets=False)), True),
    (byte_level(BYTES(add_prefix_space=False, use_regex=False)), False),
    (byte_level(SEQUENCE([BYTES(add_prefix_space=False)])), True),
    (byte_level(SEQUENCE([pre_tokenizers.Digits(True), BYTES(False)])), False),
    (byte_level(pre_tokenizers.Whitespace()), False),
    *((byte_level(split(b)), b == "isolated") for b in [*BEHAVIORS, "contiguous"]),
    *((byte_level(split(b, True)), False) for b in BEHAVIORS),
    (byte_level(split("isolated", pattern=" ")), False),
    (byte_level(split("isolated", pattern=Regex(r"\p{N}{1,3}+|\P{N}+"))), False),
    (byte_level(split("isolated", pattern=Regex(r"(?=(\d{3})+)\d|\D"))), False),
    (byte_level(split("isolated", pattern=Regex(r"\w+|\W"))), False),
    (byte_level(ignore_merges=True), True),
    (byte_level(unk_token="a"), True),
    (byte_level(fuse_unk=True), True),
    (byte_level(byte_fallback=True), True),
    (byte_level(dropout=0.0), True),
    (byte_level(dropout=1.0), False),
    (byte_level(continuing_subword_prefix=""), True),
    (byte_level(end_of_word_suffix="</w>"), False),
    (byte_level(vocab={**BPE_VOCAB, "<|x|>": 300}), True),
    (unigram(), True),
    (unigram(unk_id=None), False),
    (unigram(byte_fallback=True), False),
    *((unigram(METASPACE(prepend_scheme=s)), False) for s in ("first", "always")),
    (unigram(METASPACE(prepend_scheme="never", split=False)), False),
    (unigram(METASPACE("_", prepend_scheme="never")), False),
    (unigram(SEQUENCE([METASPACE(prepend_scheme="never")])), True),
    (words(), True),
    (words(pre_tokenizers.WhitespaceSplit()), False),
    (words(pre_tokenizers.Punctuation()), False),
    (words(SEQUENCE([pre_tokenizers.Whitespace()])), True),
    (words(pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")), True),
    (words(pre_tokenizers.Split(Regex(r"[\s\S]"), "removed")), False),
    (words(pre_tokenizers.Split(Regex(r"\s|\S+"), "isolated")), False),
]


@pytest.mark.parametrize(("tokenizer", "readable"), FORMS)
def test_a_form_is_read_as_the_library_reads_it(tokenizer, readable: bool) -> None:
    assert compare(contents_of(tokenizer)) is readable


MASK = AddedToken("[MASK]", lstrip=True, special=True, normalized=False)
MARK = AddedToken("Ġab", special=True, normalized=False)
# Tokens, and the kinds that cannot have them: those in which ordinary text can become
# the same token, or of which a byte is written so.
ADDED: list[tuple[list[AddedToken], str]] = [
    ([AddedToken("Covid")], ""),
    ([AddedToken("Covid", normalized=False)], ""),
    ([AddedToken("covid", normalized=False)], "bert"),
    ([AddedToken("covid"), AddedToken("covid 19")], ""),
    ([AddedToken("ab"), AddedToken("bc", normalized=False), AddedToken("abc")], "bert"),
    ([AddedToken("bc"), AddedToken("ab", normalized=False)], "bert"),
    ([AddedToken("b<", normalized=False), AddedToken("ab")], ""),
    ([AddedToken("<x>", lstrip=True), AddedToken("<xy>", rstrip=True)], ""),
    ([AddedToken("<x>", lstrip=True, rstrip=True, normalized=False)], ""),
    ([AddedToken("<x>", rstrip=True), AddedToken(" "), AddedToken("  ")], ""),
    ([AddedToken(" a", lstrip=True), AddedToken("b ", rstrip=True)], ""),
    ([AddedToken("ab", single_word=True)], "bert bpe unigram words"),
    ([MASK], ""),
    ([AddedToken("lo"), AddedToken("12", special=False)], ""),
    ([AddedToken("a", special=True), AddedToken("lo")], "bert bpe"),
    ([AddedToken("é")], "bpe"),
    ([MARK], "bpe"),
    ([AddedToken("▁ab"), AddedToken("你", special=True)], "bert unigram"),
    ([AddedToken("##s")], "bert"),
    ([AddedToken("e\u0301"), AddedToken("ΟΔΟΣ")], ""),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("tokens", "refusing"), ADDED)
def test_added_tokens_are_found_as_the_library_finds_them(
    tokens: list[AddedToken], refusing: str, kind: str
) -> None:
    tokenizer = KINDS[kind]()
    tokenizer.add_tokens(tokens)
    assert compare(contents_of(tokenizer)) is (kind not in refusing)


def test_covid() -> None:
    tokenizer = bert()
    tokenizer.add_tokens(["Covid"])
    ours = from_json(contents_of(tokenizer))
    covid = len(BERT_VOCAB)
    assert ours.encode("COVID 19") == [covid, BERT_VOCAB["19"]]
    assert ours.special_tokens.keys() == {"[PAD]", "[UNK]", "[CLS]", "[MASK]"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_without_a_type_is_read_by_its_fields(kind: str) -> None:
    contents = contents_of(KINDS[kind]())
    del contents["model"]["type"]
    if kind == "bpe":
        contents["model"]["merges"] = [f"{a} {b}" for a, b in MERGES]
    assert compare(contents)
    del contents["model"]["vocab"]
    with pytest.raises(ValueError, match="cannot read a model with the fields"):
        from_json(contents)


def test_gpt2s_own_file_is_read() -> None:
    # As it was published: no type, "" for no prefix, the token in the vocabulary.
    end = {"id": 261, "content": "<|endoftext|>", "special": True, "normalized": True}
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip"), False)
    contents = {
        "version": "1.0",
        "added_tokens": [end | flags],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False}
        | {"trim_offsets": True},
        "decoder": {
            "type": "ByteLevel",
            "add_prefix_space": True,
            "trim_offsets": True,
        },
        "model": {
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "vocab": BPE_VOCAB | {"<|endoftext|>": 261},
            "merges": [f"{a} {b}" for a, b in MERGES],
        },
    }
    assert compare(contents)
    ours = from_json(contents)
    assert isinstance(ours, BPETokenizer)
    assert ours.special_tokens == {"<|endoftext|>": 261}
    assert list(ours.encode_stream(["ab<|endof", "text|>"])) == [257, 261]


@pytest.mark.parametrize(
    ("kind", "path", "value", "message"),
    [
        ("bert", "truncation", {"max_length": 2}, "truncation"),
        ("bert", "padding", {"strategy": {"Fixed": 9}}, "padding"),
        ("bert", "version", "2.0", "version '2.0'"),
        ("bert", "normalizer.lowercase", None, "without lowercase"),
        (
            "bert",
            "normalizer",
            {"type": "Sequence", "normalizers": []},
            "normalizer None",
        ),
        ("bert", "model.unk_token", None, "unk_token"),
        ("bert", "model.continuing_subword_prefix", "@@", "continuing_subword_prefix"),
        ("bert", "model.max_input_chars_per_word", 5, "max_input_chars_per_word: 5"),
        ("bert", "model.vocab.cat", 999, "vocab whose ids have gaps"),
        ("bert", "added_tokens.0.id", 9, r"'\[PAD\]' has the id 9, .* give it 0"),
        ("bert", "added_tokens.0.lstrip", "yes", "lstrip"),
        ("bert", "added_tokens.1.content", "[PAD]", "comes twice"),
        ("bert", "model", None, "there is no model"),
        ("unigram", "pre_tokenizer.prepend_scheme", None, "prepend_scheme: 'always'"),
        ("unigram", "model.unk_id", 99, "unk_id: 99"),
        ("unigram", "model.vocab.2", ["a", -1.0], "twice"),
        ("words", "model.unk_token", "ab", "unknown is not among"),
        ("bpe", "model.merges", {}, "of another type"),
    ],
)
def test_what_is_refused_is_named(kind: str, path: str, value, message: str) -> None:
    contents = contents_of(KINDS[kind]())
    *steps, last = [int(s) if s.isdigit() else s for s in path.split(".")]
    place: Any = contents
    for step in steps:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    with pytest.raises(ValueError, match=message):
        from_json(contents)


def test_older_forms_of_the_sign_for_a_space() -> None:
    contents = contents_of(unigram())
    contents["pre_tokenizer"] |= {"add_prefix_space": False, "str_rep": "▁"}
    assert compare(contents)
