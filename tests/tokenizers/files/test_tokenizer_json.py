import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from tokenizers import (
    Tokenizer as LibraryTokenizer,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from tokenizers.implementations import ByteLevelBPETokenizer
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from llm_foundations.tokenizers import (
    CL100K_PATTERN,
    BPETokenizer,
    CharacterTokenizer,
    Tokenizer,
    UnigramTokenizer,
    WordPieceTokenizer,
    WordTokenizer,
    load_tokenizer,
    save_tokenizer,
)
from llm_foundations.tokenizers.files.tokenizer_json import from_json, to_json

TEXTS = ["The cat sat on the mat; the dog didn't.", "A dog sat on 12 cats!"]
TRAINED = [
    BPETokenizer.train(TEXTS, 280, CL100K_PATTERN),
    WordPieceTokenizer.train(TEXTS, 40),
    UnigramTokenizer.train(TEXTS, 40, ("<unk>", "<s>", "</s>")),
    CharacterTokenizer.train(TEXTS),
    WordTokenizer.train(TEXTS, 20),
]
EACH = pytest.mark.parametrize("tokenizer", TRAINED, ids=lambda t: type(t).__name__)


@EACH
def test_what_is_saved_can_be_loaded(tokenizer: Tokenizer, tmp_path: Path) -> None:
    save_tokenizer(tokenizer, tmp_path / "new" / "folder")
    loaded = load_tokenizer(tmp_path / "new" / "folder")
    assert type(loaded) is type(tokenizer)
    assert to_json(loaded) == to_json(tokenizer)
    assert load_tokenizer(tmp_path / "new/folder/tokenizer.json").encode(
        TEXTS[0]
    ) == tokenizer.encode(TEXTS[0])


@EACH
@pytest.mark.parametrize("loader", [AutoTokenizer, PreTrainedTokenizerFast])
def test_transformers_loads_what_the_course_trained(
    tokenizer: Tokenizer, loader: Any, tmp_path: Path, tricky: list[str]
) -> None:
    save_tokenizer(tokenizer, tmp_path)
    theirs = loader.from_pretrained(tmp_path)
    assert len(theirs) == tokenizer.vocab_size
    for text in [*TEXTS, *tricky]:
        ids = tokenizer.encode(text)
        assert theirs.encode(text, add_special_tokens=False) == ids
        assert theirs.decode(ids) == tokenizer.decode(ids)


def test_special_tokens_have_their_roles_and_bert_its_frame(tmp_path: Path) -> None:
    save_tokenizer(TRAINED[1], tmp_path)
    theirs = AutoTokenizer.from_pretrained(tmp_path)
    assert (theirs.mask_token_id, theirs.pad_token_id) == (4, 0)
    pair = theirs("cat", "dog")
    assert theirs.decode(pair["input_ids"]) == "[CLS] cat [SEP] dog [SEP]"
    save_tokenizer(TRAINED[0], tmp_path)
    theirs = AutoTokenizer.from_pretrained(tmp_path)
    assert theirs.eos_token == "<|endoftext|>"


def test_what_the_library_trained_can_be_read(prose: str, tricky: list[str]) -> None:
    theirs = ByteLevelBPETokenizer()
    special_tokens = ["<|endoftext|>"]
    theirs.train_from_iterator(
        [prose], 600, show_progress=False, special_tokens=special_tokens
    )
    ours = from_json(json.loads(theirs.to_str()))
    for text in [prose, *tricky]:
        assert ours.encode(text) == theirs.encode(text).ids
    assert ours.special_tokens == {"<|endoftext|>": 0}


def test_berts_own_form_can_be_read(prose: str, tricky: list[str]) -> None:
    theirs = LibraryTokenizer(models.WordPiece(unk_token="[UNK]"))
    theirs.normalizer = normalizers.BertNormalizer(lowercase=False)
    theirs.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=400, special_tokens=["[UNK]", "[CLS]"], show_progress=False
    )
    theirs.train_from_iterator([prose], trainer)
    theirs.post_processor = processors.BertProcessing(("[CLS]", 1), ("[CLS]", 1))
    ours = from_json(json.loads(theirs.to_str()))
    for text in [prose, *tricky]:
        expected = theirs.encode(text, add_special_tokens=False).ids
        assert ours.encode(text) == expected


def changed(tokenizer: Tokenizer, *path: str | int, value: Any) -> dict[str, Any]:
    contents = json.loads(json.dumps(to_json(tokenizer)))
    place = contents
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return contents


PREFIX_SPACE = {"type": "ByteLevel", "add_prefix_space": True, "use_regex": True}
SINGLE_WORD = ("added_tokens", 0, "single_word")


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (changed(TRAINED[0], "model", "type", value="Magic"), "type 'Magic'"),
        (changed(TRAINED[0], "model", "dropout", value=0.1), "dropout: 0.1"),
        (changed(TRAINED[0], "normalizer", value={"type": "NFC"}), "normalizer .*NFC"),
        (changed(TRAINED[0], "pre_tokenizer", value=PREFIX_SPACE), "pre_tokenizer"),
        (changed(TRAINED[0], "pre_tokenizer", value=None), "pre_tokenizer None"),
        (changed(TRAINED[0], *SINGLE_WORD, value=True), "single_word: True"),
        (changed(TRAINED[0], "model", "vocab", "你", value=9999), "stand for no byte"),
        (changed(TRAINED[1], "normalizer", value=None), "normalizer"),
        (changed(TRAINED[2], "model", "byte_fallback", value=True), "byte_fallback"),
        (changed(TRAINED[2], "pre_tokenizer", "split", value=False), "split: False"),
        (changed(TRAINED[3], "added_tokens", value=[]), "for the unknown"),
        (changed(TRAINED[4], "pre_tokenizer", value=None), "pre_tokenizer"),
    ],
)
def test_what_is_not_understood_is_refused(contents, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_json(contents)


def test_errors_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_tokenizer(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(ValueError, match=r"tokenizer\.json: Expecting"):
        load_tokenizer(tmp_path)


def test_nothing_half_written_stays(tmp_path: Path, monkeypatch) -> None:
    save_tokenizer(TRAINED[3], tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full_disk(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.replace", full_disk)
    with pytest.raises(OSError, match="no space left"):
        save_tokenizer(TRAINED[4], tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_files_have_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        save_tokenizer(TRAINED[3], tmp_path)
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o644}


def test_a_pattern_that_the_library_reads_otherwise_is_not_written() -> None:
    with pytest.raises(ValueError, match="may mean something else"):
        to_json(BPETokenizer.from_merges([], r"\p{N}{1,3}+|\P{N}"))


@pytest.mark.parametrize("lowercase", [True, False])
def test_a_token_that_a_word_can_become_is_not_written(lowercase: bool) -> None:
    names = ("[UNK]", "cls")
    tokenizer = WordPieceTokenizer([*names, "a"], names, lowercase=lowercase)
    with pytest.raises(ValueError, match="'cls' apart from ordinary text"):
        to_json(tokenizer)


def test_other_tokenizers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="cannot write a int"):
        save_tokenizer(3, tmp_path / "x")  # type: ignore[arg-type]
    assert not (tmp_path / "x").exists()
