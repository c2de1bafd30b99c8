import pytest

from llm_foundations import tokenizers
from llm_foundations.tokenizers.files.tokenizer_json import to_json
from llm_foundations.tokenizers.interface import Tokenizer

TEXTS = ["the cat sat on the mat", "the dog sat on the cat"]


def trained() -> list[Tokenizer]:
    return [
        tokenizers.BPETokenizer.train(TEXTS, 270),
        tokenizers.WordPieceTokenizer.train(TEXTS, 30),
        tokenizers.UnigramTokenizer.train(TEXTS, 25),
        tokenizers.CharacterTokenizer.train(TEXTS),
        tokenizers.WordTokenizer.train(TEXTS, 20),
    ]


@pytest.mark.parametrize("tokenizer", trained(), ids=lambda t: type(t).__name__)
def test_all_five_speak_the_same_language(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode(TEXTS[0])
    assert tokenizer.decode(ids) == TEXTS[0]
    assert 0 <= min(ids) <= max(ids) < tokenizer.vocab_size
    assert tokenizer.encode("") == []
    assert tokenizer.decode([]) == ""
    for name, token_id in tokenizer.special_tokens.items():
        assert tokenizer.encode(name) == [token_id]
        assert tokenizer.decode([token_id]) == name
    with pytest.raises(ValueError, match="no token has the id"):
        tokenizer.decode([tokenizer.vocab_size])
    with pytest.raises(ValueError, match="lone surrogate"):
        tokenizer.encode("\udfff")
    with pytest.raises(TypeError, match="expected a string, got bytes"):
        tokenizer.encode(b"bytes")  # type: ignore[arg-type]


def test_the_same_text_gives_the_same_tokenizer() -> None:
    for one, other in zip(trained(), trained(), strict=True):
        assert to_json(one) == to_json(other)
