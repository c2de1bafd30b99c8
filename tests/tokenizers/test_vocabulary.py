import pytest

from llm_foundations.tokenizers.vocabulary import Vocabulary, most_common


def test_ids_are_places() -> None:
    vocabulary = Vocabulary(["<pad>", "a", "<unk>", "b"], ["<pad>"], "<unk>")
    assert len(vocabulary) == 4
    assert vocabulary.special_tokens == {"<pad>": 0, "<unk>": 2}
    assert [vocabulary.id_of(t) for t in ("a", "b", "c")] == [1, 3, 2]
    assert vocabulary.tokens_of([3, 0]) == ["b", "<pad>"]


def test_text_that_spells_a_special_token_is_unknown() -> None:
    vocabulary = Vocabulary(["<unk>", "<pad>"], ["<pad>"], "<unk>")
    assert vocabulary.id_of("<pad>") == 0
    assert "<pad>" not in vocabulary


@pytest.mark.parametrize("wrong", [-1, 2])
def test_unknown_ids_are_refused(wrong: int) -> None:
    with pytest.raises(ValueError, match=f"the id {wrong}: 0 to 1 do"):
        Vocabulary(["<unk>", "a"], [], "<unk>").tokens_of([0, wrong])


def test_a_vocabulary_has_each_token_once() -> None:
    with pytest.raises(ValueError, match="comes twice"):
        Vocabulary(["<unk>", "a", "a"], [], "<unk>")
    with pytest.raises(ValueError, match="or is empty"):
        Vocabulary(["<unk>", ""], [], "<unk>")
    with pytest.raises(ValueError, match=r"without a place: \['<eos>', '<unk>'\]"):
        Vocabulary(["a"], ["<eos>"], "<unk>")


def test_equal_counts_are_in_the_order_of_the_alphabet() -> None:
    assert most_common({"d": 1, "b": 5, "a": 5, "c": 9}, 3) == ["c", "a", "b"]
