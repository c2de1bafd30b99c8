"""Every tensor of every family stands in its table once, in both directions."""

from collections.abc import Callable

import pytest
from torch import nn

from llm_foundations.models.conversion import table_of, to_huggingface
from tests.models.families import bert, bloom, gpt2, jais, llama, t5

V1_1 = {"tied": False, "feed_forward_proj": "gated-gelu"}
PAIRS: list[Callable] = [
    gpt2,
    llama,
    bloom,
    jais,
    lambda: bert("Model"),
    lambda: bert("ForPreTraining"),
    lambda: bert("ForQuestionAnswering"),
    t5,
    lambda: t5(**V1_1),
]


@pytest.mark.parametrize("pair", PAIRS)
def test_no_tensor_is_forgotten(pair: Callable) -> None:
    ours, theirs = pair()
    n_ours = sum(p.numel() for p in ours.parameters())
    n_theirs = sum(p.numel() for p in theirs.parameters())
    converted = to_huggingface(ours)
    assert n_ours == n_theirs == sum(t.numel() for t in converted.values())
    assert {name for name, _ in theirs.named_parameters()} == set(converted)


def test_an_unknown_model_has_no_table() -> None:
    with pytest.raises(TypeError, match=r"no table for Linear; there are: GPT, Llama"):
        table_of(nn.Linear(1, 1))
