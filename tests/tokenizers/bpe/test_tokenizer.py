import json
import pickle
import tracemalloc
from collections import Counter
from itertools import pairwise

import pytest
import tiktoken
from hypothesis import example, given, settings, strategies as st
from tokenizers import Tokenizer

from llm_foundations.tokenizers.bpe.split_patterns import CL100K_PATTERN, GPT2_PATTERN
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer
from llm_foundations.tokenizers.files.tokenizer_json import to_json
from llm_foundations.tokenizers.special_tokens import AddedToken

END = "<|endoftext|>"
PATTERNS = [GPT2_PATTERN, CL100K_PATTERN]
THREES_FROM_THE_RIGHT = r"\d{1,3}(?=(?:\d{3})*(?!\d))|\D"
OTHER_PATTERNS = [
    THREES_FROM_THE_RIGHT,
    r"\d{1,3}(?=(?:\d{3})*\b)|[\s\S]",  # looks back, so that nothing is certain
    r"(?<=x)\w+|[\s\S]",
    r"x(?: *e)?|[\s\S]",
    r".+\n?|\n",
]
ALPHABET = b" \n'srelx12"
BYTES = {bytes([byte]): byte for byte in range(256)}


@pytest.fixture(scope="module", params=PATTERNS, ids=["gpt2", "cl100k"])
def trained(request: pytest.FixtureRequest, prose: str) -> BPETokenizer:
    special_tokens = (END, "<|endoftext|>2", "<|user|>")
    return BPETokenizer.train([prose], 1000, request.param, special_tokens)


def tiktoken_twin(tokenizer: BPETokenizer) -> tiktoken.Encoding:
    return tiktoken.Encoding(
        "twin",
        pat_str=tokenizer.pattern,
        mergeable_ranks=tokenizer.vocabulary,
        special_tokens=tokenizer.special_tokens,
    )


def library_twin(tokenizer: BPETokenizer) -> Tokenizer:
    return Tokenizer.from_str(json.dumps(to_json(tokenizer)))


def test_ids_by_hand() -> None:
    tokenizer = BPETokenizer(BYTES | {b"ab": 256, b"abc": 257}, {(b"a", b"b"): 0})
    assert tokenizer.encode("abc") == [256, 99]
    assert tokenizer.decode([257]) == "abc"


def test_ids_equal_tiktoken(trained: BPETokenizer, prose: str, tricky) -> None:
    twin = tiktoken_twin(trained)
    for text in [prose, *tricky]:
        ids = trained.encode(text)
        assert ids == twin.encode(text, allowed_special="all")
        assert trained.encode_ordinary(text) == twin.encode_ordinary(text)
        assert trained.decode(ids) == text


def test_ids_equal_the_library(trained: BPETokenizer, prose: str, tricky) -> None:
    twin = library_twin(trained)
    assert twin.get_vocab_size() == trained.vocab_size
    for text in [prose, *tricky]:
        ids = trained.encode(text)
        assert ids == twin.encode(text).ids
        assert twin.decode(ids, skip_special_tokens=False) == text


@settings(deadline=None, max_examples=200)
@given(
    tokens=st.sets(
        st.text("abc ", min_size=2, max_size=6).map(str.encode), max_size=40
    ),
    text=st.text("abc ", max_size=80),
    data=st.data(),
)
def test_any_ranks_mean_what_they_mean_to_tiktoken(tokens, text: str, data) -> None:
    order = data.draw(st.permutations(sorted(tokens)))
    ranks = BYTES | {token: 256 + i for i, token in enumerate(order)}
    tokenizer = BPETokenizer.from_ranks(ranks, GPT2_PATTERN)
    assert tokenizer.encode(text) == tiktoken_twin(tokenizer).encode(text)


@settings(deadline=None, max_examples=200)
@given(text=st.text(max_size=80))
def test_any_text_comes_back(text: str) -> None:
    tokenizer = BPETokenizer(BYTES, {}, CL100K_PATTERN, {"a": 300})
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.decode(tokenizer.encode_ordinary(text)) == text
    assert bytes(tokenizer.encode_ordinary(text)) == text.encode()


def test_lone_surrogates_are_refused(trained: BPETokenizer) -> None:
    for encode in (trained.encode, trained.encode_ordinary):
        with pytest.raises(ValueError, match=r"text\[3\] is the lone surrogate"):
            encode("ab \ud83d")
    with pytest.raises(ValueError, match="lone surrogate"):
        list(trained.encode_stream(["ab", "\udc00"]))


def test_bytes_that_are_no_character_are_shown_as_such() -> None:
    tokenizer = BPETokenizer(BYTES, {})
    first, *rest = tokenizer.encode("é")
    assert tokenizer.decode([first]) == "\ufffd"
    assert tokenizer.decode_bytes([first]) == b"\xc3"
    assert tokenizer.decode([first, *rest, 0x80, 0x41]) == "é\ufffdA"


def test_special_tokens_are_one_id_and_ordinary_text_to_encode_ordinary(
    trained: BPETokenizer,
) -> None:
    end = trained.special_tokens[END]
    assert trained.encode(f"{END}2{END}{END}").count(end) == 2
    assert trained.encode(END) == [end]
    ordinary = trained.encode_ordinary(END)
    assert end not in ordinary
    assert trained.decode(ordinary) == END


def test_special_tokens_in_the_text_are_not_learned_from() -> None:
    tokenizer = BPETokenizer.train([f"{END}ab{END}ab"], 300)
    assert [t for t in tokenizer.vocabulary if len(t) > 1] == [b"ab"]
    assert tokenizer.special_tokens == {END: 257}
    assert tokenizer.vocab_size == 258


def test_merges_never_cross_a_piece(prose: str) -> None:
    tokenizer = BPETokenizer.train([prose], 1500)
    words = Counter(b" " in t.strip() for t in tokenizer.vocabulary)
    assert words[True] == sum(b"  " in t.strip() for t in tokenizer.vocabulary)


@settings(deadline=None, max_examples=300)
@given(
    text=st.text(" \n'srelvxé12.!<|>", max_size=60)
    | st.text("12 x", max_size=60)
    | st.lists(st.sampled_from([END, "<|endo", "\n ", " ", "'re", "x", "  "])).map(
        "".join
    ),
    cuts=st.lists(st.integers(0, 60)),
    pattern=st.sampled_from(PATTERNS + OTHER_PATTERNS),
)
@example("1234567890123", [12], THREES_FROM_THE_RIGHT)
def test_a_stream_gives_the_ids_of_the_whole(text: str, cuts, pattern: str) -> None:
    # Every piece of two letters is a token, so a border in another place shows.
    pairs = {(bytes([a]), bytes([b])) for a in ALPHABET for b in ALPHABET}
    vocabulary = BYTES | {a + b: 256 + i for i, (a, b) in enumerate(sorted(pairs))}
    ranks = {pair: i for i, pair in enumerate(sorted(pairs))}
    tokenizer = BPETokenizer(vocabulary, ranks, pattern, {END: 999, "<|end": 998})
    borders = [0, *sorted(cuts), len(text)]
    chunks = [text[i:j] for i, j in pairwise(borders)]
    assert list(tokenizer.encode_stream(chunks)) == tokenizer.encode(text)


def test_a_stream_does_not_hold_what_it_has_given(trained: BPETokenizer) -> None:
    asked = 0

    def chunks():
        nonlocal asked
        while True:
            asked += 1
            yield "some more words, "

    stream = trained.encode_stream(chunks())
    for _ in range(10_000):
        next(stream)
    assert asked < 10_000


@pytest.mark.parametrize(
    ("pattern", "special_tokens"),
    [
        (GPT2_PATTERN, {END: 999}),
        (GPT2_PATTERN, {AddedToken(END, normalized=True): 999}),
        (CL100K_PATTERN, {END: 999}),
        (THREES_FROM_THE_RIGHT, {END: 999}),
    ],
)
@pytest.mark.parametrize("text", ["one 23456, x" * 100_000, "你好1\n" * 300_000])
def test_a_stream_takes_little_memory(pattern: str, special_tokens, text: str) -> None:
    tokenizer = BPETokenizer(BYTES, {}, pattern, special_tokens)
    tracemalloc.start()
    try:
        n_ids = sum(1 for _ in tokenizer.encode_stream([text]))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert n_ids == len(text.encode())
    assert peak < 4e6


@pytest.mark.parametrize(
    "special_tokens",
    [
        {AddedToken("<m>", strips_left=True): 256},
        {AddedToken("<m>", strips_right=True): 256},
        {AddedToken("s><", normalized=True): 256, "<m>": 257},
    ],
)
def test_a_stream_with_rules_for_added_tokens_is_encoded_whole(special_tokens) -> None:
    tokenizer = BPETokenizer(BYTES, {}, special_tokens=special_tokens)
    text = "one  <m>  two<s><m>"
    assert list(tokenizer.encode_stream(text)) == tokenizer.encode(text)


def test_a_stream_of_one_letter_takes_no_quadratic_time() -> None:
    tokenizer = BPETokenizer(BYTES, {})
    chunks = ("a" * 100 for _ in range(10_000))
    assert sum(1 for _ in tokenizer.encode_stream(chunks)) == 1_000_000


def test_unknown_ids_are_refused(trained: BPETokenizer) -> None:
    for wrong in (-1, trained.vocab_size):
        with pytest.raises(ValueError, match=f"no token has the id {wrong}"):
            trained.decode([wrong])


def test_a_vocabulary_must_be_whole() -> None:
    with pytest.raises(ValueError, match=r"no token for the bytes \[b'\\x00'\]"):
        BPETokenizer({t: i for t, i in BYTES.items() if i}, {})
    with pytest.raises(ValueError, match=r"same id: 7 is b'\\x07' and b'ab'"):
        BPETokenizer(BYTES | {b"ab": 7}, {})
    with pytest.raises(ValueError, match="which is no token"):
        BPETokenizer(BYTES, {(b"a", b"b"): 0})
    with pytest.raises(ValueError, match="vocab_size=256 has no room"):
        BPETokenizer.train(["a"], 256)


def test_a_tokenizer_travels_to_another_process(trained: BPETokenizer) -> None:
    text = "some words and <|user|> more words"
    ids = trained.encode(text)
    assert pickle.loads(pickle.dumps(trained)).encode(text) == ids


def test_an_untrained_tokenizer_has_the_bytes_alone() -> None:
    tokenizer = BPETokenizer.from_merges([])
    assert tokenizer.vocab_size == 256
    assert tokenizer.encode("é!") == [0xC3, 0xA9, 0x21]


def test_merges_make_the_tokenizer_that_learned_them(prose: str) -> None:
    trained = BPETokenizer.train([prose], 600, special_tokens=["<a>", END])
    merges = list(trained.merge_ranks)
    built = BPETokenizer.from_merges(merges, special_tokens=["<a>", END])
    assert to_json(built) == to_json(trained)
    assert built.special_tokens == {"<a>": 598, END: 599}


def test_merges_must_come_in_order() -> None:
    with pytest.raises(ValueError, match=r"merge 0, \(b'ab', b'c'\), needs a token"):
        BPETokenizer.from_merges([(b"ab", b"c"), (b"a", b"b")])
    with pytest.raises(ValueError, match=r"merge 1, \(b'a', b'b'\), comes twice"):
        BPETokenizer.from_merges([(b"a", b"b")] * 2)


def test_a_special_token_in_the_vocabulary_is_one_token() -> None:
    vocabulary = BYTES | {b"ab": 256, END.encode(): 257}
    tokenizer = BPETokenizer(
        vocabulary, {(b"a", b"b"): 0}, special_tokens={END: 257}, ignore_merges=True
    )
    assert tokenizer.encode(f"ab{END}") == [256, 257]
    assert 257 not in tokenizer.encode_ordinary(END)
    assert tokenizer.vocab_size == 258
    with pytest.raises(ValueError, match="needs b'ab', which is no token, or a spec"):
        BPETokenizer(vocabulary, {(b"a", b"b"): 0}, special_tokens={"ab": 256})


def test_special_tokens_are_added_at_the_end() -> None:
    tokenizer = BPETokenizer.from_merges([(b"a", b"b")], special_tokens=[END])
    before = tokenizer.encode(f"ab<|user|>{END}")
    tokenizer.add_special_tokens(["<|user|>", END, "<|user|>"])
    assert tokenizer.special_tokens == {END: 257, "<|user|>": 258}
    assert tokenizer.encode(f"ab<|user|>{END}") == [256, 258, 257]
    assert (
        tokenizer.encode_ordinary(f"ab<|user|>{END}")[: len(before) - 1] == before[:-1]
    )
    assert tokenizer.decode([256, 258]) == "ab<|user|>"
    assert tokenizer.vocab_size == 259
    assert library_twin(tokenizer).encode(f"ab<|user|>{END}").ids == [256, 258, 257]
    with pytest.raises(ValueError, match=r"\['ab'\] are ordinary tokens"):
        tokenizer.add_special_tokens(["ab"])


@pytest.mark.parametrize("ties", ["tokenizers", "bytes"])
def test_the_rule_for_ties_reaches_the_training(ties) -> None:
    merge = (b"a", b"b") if ties == "tokenizers" else (b"z", b" ")
    tokenizer = BPETokenizer.train(["z ab"], 257, r"[\s\S]{2}", [], ties=ties)
    assert list(tokenizer.merge_ranks) == [merge]
    with pytest.raises(ValueError, match="ties='x' is none of 'ids'"):
        BPETokenizer.train(["ab"], 257, special_tokens=[], ties="x")  # type: ignore
