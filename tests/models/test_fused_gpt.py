"""The fast form of GPT beside the plain one."""

import pytest
import torch

from llm_foundations.generation.decode import generate, pad_left
from llm_foundations.models.fused_gpt import fuse_qkv
from llm_foundations.models.gpt import GPT, GPTConfig

VOCAB = 50


def model(**sizes: int | float | bool) -> GPT:
    """A small GPT whose biases and norms are not what they start as."""
    torch.manual_seed(0)
    model = GPT(GPTConfig(VOCAB, 24, 12, 2, 3, **sizes)).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return model


@pytest.mark.parametrize("sizes", [{}, {"d_ff": 7, "tie_embeddings": False}])
@pytest.mark.parametrize(("n_batch", "n"), [(2, 9), (1, 1), (3, 24)])
def test_it_scores_as_the_plain_form(sizes: dict, n_batch: int, n: int) -> None:
    plain = model(**sizes)
    token_ids = torch.randint(VOCAB, (n_batch, n))
    torch.testing.assert_close(fuse_qkv(plain)(token_ids), plain(token_ids))


def test_it_continues_from_a_cache() -> None:
    plain = model()
    fast, token_ids = fuse_qkv(plain), torch.randint(VOCAB, (2, 9))
    cache = fast.new_cache()
    steps = [fast(part, cache=cache) for part in token_ids.split((4, 3, 1, 1), 1)]
    torch.testing.assert_close(torch.cat(steps, 1), plain(token_ids))


def test_it_writes_the_same_from_prompts_of_different_lengths() -> None:
    plain = model()
    token_ids, mask = pad_left([[3, 1, 4, 1], [5]], pad_id=0)
    written = generate(fuse_qkv(plain), token_ids, 12, mask=mask)
    torch.testing.assert_close(written, generate(plain, token_ids, 12, mask=mask))


def test_it_has_no_dropout_and_leaves_the_model_as_it_was() -> None:
    plain = model(dropout=0.5).train()
    token_ids = torch.randint(VOCAB, (2, 9))
    scores = fuse_qkv(plain).train()(token_ids)
    assert plain.training
    assert any(isinstance(part, torch.nn.Dropout) for part in plain.modules())
    torch.testing.assert_close(scores, plain.eval()(token_ids))
