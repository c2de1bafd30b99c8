"""The heads of BERT's pre-training against Transformers'."""

import pytest
import torch

from tests.models.families import VOCAB, assert_gradients_close, bert


@pytest.mark.parametrize(("n_batch", "n"), [(2, 9), (1, 1), (3, 16)])
def test_masked_tokens_equal_transformers(n_batch: int, n: int) -> None:
    torch.manual_seed(0)
    ours, theirs = bert("ForMaskedLM")
    token_ids = torch.randint(VOCAB, (n_batch, n))
    labels = token_ids.clone()
    labels[:, 1:] = -100  # only the first token of each row was masked
    logits, expected = ours(token_ids), theirs(token_ids, labels=labels)
    torch.testing.assert_close(logits, expected.logits)
    loss = torch.nn.functional.cross_entropy(logits.mT, labels)
    torch.testing.assert_close(loss, expected.loss)
    loss.backward()
    expected.loss.backward()
    assert_gradients_close(ours, theirs)


def test_both_heads_equal_transformers() -> None:
    torch.manual_seed(0)
    ours, theirs = bert("ForPreTraining")
    token_ids, segment_ids = torch.randint(VOCAB, (2, 8)), torch.randint(2, (2, 8))
    tokens, follows = ours(token_ids, segment_ids)
    expected = theirs(token_ids, token_type_ids=segment_ids)
    torch.testing.assert_close(tokens, expected.prediction_logits)
    torch.testing.assert_close(follows, expected.seq_relationship_logits)
    (tokens.square().mean() + follows.square().mean()).backward()
    other = expected.prediction_logits.square().mean()
    (other + expected.seq_relationship_logits.square().mean()).backward()
    assert_gradients_close(ours, theirs)
