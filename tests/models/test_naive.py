"""Each model in double precision against loops: logits, loss and every gradient."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from llm_foundations.models.encoder_decoder import EncoderDecoder, EncoderDecoderConfig
from tests.models import families, naive
from tests.models.families import VOCAB, randomized

PAIRS: dict[str, tuple[Callable[[], Any], Callable[..., Tensor]]] = {
    "GPT-2": (lambda: families.gpt2()[0], naive.gpt),
    "Llama": (lambda: families.llama()[0], naive.llama),
    "Llama, tied head": (
        lambda: families.llama(tie_word_embeddings=True)[0],
        naive.llama,
    ),
    "Mistral": (lambda: families.llama(sliding_window=3)[0], naive.llama),
    "BLOOM": (lambda: families.bloom()[0], naive.bloom),
    "JAIS": (lambda: families.jais()[0], naive.jais),
    "BERT": (lambda: families.bert("ForMaskedLM")[0], naive.bert),
    "T5 1.0": (lambda: families.t5()[0], naive.t5),
    "T5 1.1": (
        lambda: families.t5(tied=False, feed_forward_proj="gated-gelu")[0],
        naive.t5,
    ),
    "Transformer of 2017": (
        lambda: randomized(EncoderDecoder(EncoderDecoderConfig(VOCAB, 12, 2, 3, 10))),
        naive.encoder_decoder,
    ),
}


@pytest.mark.parametrize("row", PAIRS)
@pytest.mark.parametrize("n", [1, 7])
def test_equals_loops_in_double_precision(row: str, n: int) -> None:
    torch.manual_seed(n)
    make, loops = PAIRS[row]
    model: nn.Module = make().double().eval()
    weights = {
        name: parameter.detach().clone().requires_grad_()
        for name, parameter in model.named_parameters()
    }
    ids, targets = torch.randint(VOCAB, (2, 1, n))
    logits = model(ids, ids) if hasattr(model, "decode") else model(ids)
    expected = loops(weights, ids[0].tolist(), model.config)
    close = {"rtol": 0, "atol": 1e-10}
    torch.testing.assert_close(logits[0], expected, **close)
    losses = [F.cross_entropy(x, targets[0]) for x in (logits[0], expected)]
    torch.testing.assert_close(*losses, **close)
    for loss in losses:
        loss.backward()
    for name, parameter in model.named_parameters():
        found, wanted = parameter.grad, weights[name].grad
        torch.testing.assert_close(
            found, wanted, **close, msg=lambda text, name=name: f"{name}: {text}"
        )
