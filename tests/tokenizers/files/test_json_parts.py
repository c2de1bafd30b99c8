import json

import pytest
from tokenizers import Tokenizer

from llm_foundations.tokenizers.bpe.split_patterns import CL100K_PATTERN, GPT2_PATTERN
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer
from llm_foundations.tokenizers.bpe.training import SINGLE_BYTES
from llm_foundations.tokenizers.files.json_parts import (
    read_bpe,
    read_word_level,
    write_bpe,
)
from llm_foundations.tokenizers.files.tokenizer_json import to_json

BYTES = {byte: i for i, byte in enumerate(SINGLE_BYTES)}


def test_bytes_are_written_in_gpt2s_alphabet_and_merges_by_rank() -> None:
    ranks = {(b" a", b"b"): 1, (b" ", b"a"): 0}
    model = write_bpe(BPETokenizer(BYTES | {b" a": 256, b" ab": 257}, ranks))["model"]
    assert model["vocab"]["Ġab"] == 257
    assert model["merges"] == [["Ġ", "a"], ["Ġa", "b"]]


def test_older_merges_and_gpt2s_own_pre_tokenizer_are_read() -> None:
    data = to_json(BPETokenizer(BYTES | {b" a": 256}, {(b" ", b"a"): 0}))
    data["model"]["merges"] = ["Ġ a"]
    data["pre_tokenizer"] = {"type": "ByteLevel", "add_prefix_space": False}
    tokenizer = read_bpe(data, {})
    assert tokenizer.merge_ranks == {(b" ", b"a"): 0}
    assert tokenizer.pattern == GPT2_PATTERN


def test_tiktokens_ranks_can_be_written(tricky: list[str]) -> None:
    ranks = BYTES | {b"\n ": 256, b"ab": 257, b"\n  ": 258, b"abc": 259, b"bc": 260}
    tokenizer = BPETokenizer.from_ranks(ranks, CL100K_PATTERN, {"<|end|>": 300})
    twin = Tokenizer.from_str(json.dumps(to_json(tokenizer)))
    for text in [*tricky, "abc bc<|end|>"]:
        assert tokenizer.encode(text) == twin.encode(text).ids


def test_a_name_stands_for_one_token() -> None:
    tokenizer = BPETokenizer(BYTES, {}, special_tokens={"Ġ": 256})
    with pytest.raises(ValueError, match=r"have the same name: \['Ġ'\]"):
        write_bpe(tokenizer)


def test_ids_without_gaps_are_needed_for_a_list() -> None:
    model = {"vocab": {"<unk>": 0, "a": 2}, "unk_token": "<unk>"}
    with pytest.raises(ValueError, match="ids have gaps"):
        read_word_level({"model": model, "pre_tokenizer": None}, {"<unk>": 0})
