import json

from hypothesis import given, settings, strategies as st
from tokenizers import Tokenizer

from llm_foundations.tokenizers.files.tokenizer_json import to_json
from llm_foundations.tokenizers.unigram.tokenizer import UnigramTokenizer, split_words


def twin_of(tokenizer: UnigramTokenizer) -> Tokenizer:
    return Tokenizer.from_str(json.dumps(to_json(tokenizer)))


def test_a_space_belongs_to_the_word_after_it() -> None:
    assert split_words(" a  b\n c ") == ["▁a", "▁", "▁b\n", "▁c", "▁"]


def test_the_most_probable_cut_wins() -> None:
    scores = {"<unk>": 0.0, "a": -1.0, "b": -1.0, "ab": -2.5, "aba": -2.9}
    tokenizer = UnigramTokenizer(scores)
    assert tokenizer.cut("ab") == ["a", "b"]
    assert tokenizer.cut("aba") == ["aba"]
    assert tokenizer.encode("aba?") == [4, 0]


def test_neighbouring_unknown_characters_are_one_token() -> None:
    tokenizer = UnigramTokenizer({"<unk>": 0.0, "a": -1.0})
    assert tokenizer.encode("??a?") == [0, 1, 0]
    assert tokenizer.encode("??a?") == twin_of(tokenizer).encode("??a?").ids


def test_ids_equal_the_library(prose: str, tricky: list[str]) -> None:
    special_tokens = ("<unk>", "<|endoftext|>")
    tokenizer = UnigramTokenizer.train([prose[:6000]], 300, special_tokens)
    assert tokenizer.vocab_size == 300
    twin = twin_of(tokenizer)
    for text in [prose, *tricky]:
        ids = tokenizer.encode(text)
        assert ids == twin.encode(text).ids
        assert tokenizer.decode(ids) == twin.decode(ids, skip_special_tokens=False)


@settings(deadline=None, max_examples=200)
@given(
    scores=st.dictionaries(
        st.text("ab▁", min_size=1, max_size=4),
        st.sampled_from([-1.0, -1.5, -2.0, -3.25, -8.0]),
    ),
    text=st.text("ab c", max_size=20),
)
def test_ties_and_gaps_are_decided_as_by_the_library(scores, text: str) -> None:
    tokenizer = UnigramTokenizer({"<unk>": 0.0} | scores)
    assert tokenizer.encode(text) == twin_of(tokenizer).encode(text).ids


def test_text_of_known_characters_comes_back(prose: str) -> None:
    tokenizer = UnigramTokenizer.train([prose[:3000]], 100)
    assert tokenizer.decode(tokenizer.encode(prose[:3000])) == prose[:3000]
    assert tokenizer.decode(tokenizer.encode("  a ")) == "  a "
