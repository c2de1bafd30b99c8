"""BERT and its task heads against Transformers: results, gradients, padding, errors."""

import dataclasses

import pytest
import torch

from llm_foundations.layers.masks import padding_mask
from llm_foundations.models.bert import BERT, BERTConfig, TokenClassifier
from tests.models.families import VOCAB, assert_gradients_close, bert

SIZES = [
    {},
    {"hidden_size": 10, "num_attention_heads": 5, "num_hidden_layers": 1},
    {"num_attention_heads": 1, "type_vocab_size": 3, "layer_norm_eps": 1e-5},
]


def pair_of_sentences(n_batch: int, n: int) -> tuple[torch.Tensor, torch.Tensor]:
    segments = (torch.arange(n) >= n // 2).long().expand(n_batch, n)
    return torch.randint(VOCAB, (n_batch, n)), segments


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize(("n_batch", "n"), [(2, 9), (1, 1), (3, 16)])
def test_features_pooler_and_gradients_equal_transformers(
    sizes: dict, n_batch: int, n: int
) -> None:
    torch.manual_seed(0)
    ours, theirs = bert("Model", **sizes)
    token_ids, segment_ids = pair_of_sentences(n_batch, n)
    features = ours(token_ids, segment_ids)
    expected = theirs(token_ids, token_type_ids=segment_ids)
    torch.testing.assert_close(features, expected.last_hidden_state)
    pooled = ours.pool(features)
    torch.testing.assert_close(pooled, expected.pooler_output)
    (features.square().mean() + pooled.mean()).backward()
    other = expected.last_hidden_state.square().mean() + expected.pooler_output.mean()
    other.backward()
    assert_gradients_close(ours, theirs)


@pytest.mark.parametrize(
    ("head", "n_labels"),
    [
        ("ForSequenceClassification", 3),
        ("ForTokenClassification", 5),
        ("ForQuestionAnswering", None),
    ],
)
def test_task_heads_equal_transformers(head: str, n_labels: int | None) -> None:
    torch.manual_seed(0)
    ours, theirs = bert(head, n_labels)
    token_ids, segment_ids = pair_of_sentences(2, 8)
    result = ours(token_ids, segment_ids)
    output = theirs(token_ids, token_type_ids=segment_ids)
    if head == "ForQuestionAnswering":
        torch.testing.assert_close(result[0], output.start_logits)
        torch.testing.assert_close(result[1], output.end_logits)
        result, expected = torch.cat(result), torch.cat(output[:2])
    else:
        expected = output.logits
        torch.testing.assert_close(result, expected)
    result.square().mean().backward()
    expected.square().mean().backward()
    assert_gradients_close(ours, theirs)


def test_padding_equals_transformers_and_changes_nothing() -> None:
    ours, theirs = bert("Model")
    token_ids, real = (
        torch.randint(VOCAB, (2, 7)),
        padding_mask(torch.tensor([7, 4]), 7),
    )
    features, shown = ours(token_ids, mask=real), real[:, 0]
    expected = theirs(token_ids, attention_mask=shown.long()).last_hidden_state
    torch.testing.assert_close(features[shown], expected[shown])
    torch.testing.assert_close(features[1, :4], ours(token_ids[1:, :4])[0])


def test_segments_default_to_the_first() -> None:
    ours, _ = bert("Model")
    token_ids = torch.randint(VOCAB, (1, 5))
    assert torch.equal(ours(token_ids), ours(token_ids, torch.zeros_like(token_ids)))
    assert not torch.equal(ours(token_ids), ours(token_ids, torch.ones_like(token_ids)))


def test_every_position_sees_both_directions() -> None:
    ours, _ = bert("Model")
    token_ids = torch.tensor([[1, 2, 3, 4]])
    before, after = ours(token_ids), ours(torch.tensor([[1, 2, 3, 5]]))
    assert ((before - after).abs().amax(-1) > 1e-6).all()


def test_bert_base_counts_what_it_has() -> None:
    with torch.device("meta"):
        model = BERT(BERTConfig())
    assert sum(p.numel() for p in model.parameters()) == 109_482_240


def test_a_config_goes_both_ways() -> None:
    config = BERTConfig(50, 16, 12, 2, 3, 10, 1, 0.25, 1e-6)
    assert BERTConfig.from_huggingface(config.to_huggingface()) == config


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_segments": 0}, "got n_segments=0"),
        ({"n_heads": 5}, "d_model=768 is not divisible by n_heads=5"),
    ],
)
def test_a_config_that_cannot_be_is_refused(wrong: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(BERTConfig(), **wrong)


def test_a_foreign_config_is_refused() -> None:
    theirs = BERTConfig().to_huggingface()
    with pytest.raises(ValueError, match="hidden_act='relu'"):
        BERTConfig.from_huggingface({**theirs, "hidden_act": "relu"})
    with pytest.raises(ValueError, match=r"attention_probs_dropout_prob=0.3"):
        BERTConfig.from_huggingface({**theirs, "attention_probs_dropout_prob": 0.3})


def test_unknown_ids_and_too_many_are_refused() -> None:
    model = TokenClassifier(BERTConfig(10, 4, 8, 1, 2, 8), n_labels=3)
    with pytest.raises(ValueError, match="5 tokens do not fit into the context of 4"):
        model(torch.zeros(1, 5, dtype=torch.long))
    with pytest.raises(ValueError, match="id 10 is not in 0 to 9"):
        model(torch.tensor([[10]]))
    with pytest.raises(ValueError, match="id 2 is not in 0 to 1"):
        model(torch.tensor([[1]]), torch.tensor([[2]]))
