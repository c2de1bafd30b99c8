"""Between GPT-2 and Llama: the ends are the two, and each change has its price."""

from typing import Any

import pytest
import torch

from llm_foundations.experiments.llama import GPTToLlama, GPTToLlamaConfig
from llm_foundations.generation.decode import generate, pad_left
from llm_foundations.models.gpt import GPT, GPTConfig
from llm_foundations.models.llama import Llama, LlamaConfig
from tests.models.families import randomized

SIZES = {
    "vocab_size": 11,
    "context_length": 9,
    "d_model": 8,
    "n_layers": 2,
    "n_heads": 4,
    "d_ff": 20,
}
LLAMA = dict.fromkeys(("rotary", "rms_norm", "no_biases", "swiglu", "own_head"), True)


def hybrid(**changes: Any) -> GPTToLlama:
    return GPTToLlama(GPTToLlamaConfig(**SIZES | changes))


@pytest.mark.parametrize(
    ("published", "changes"),
    [
        (GPT(GPTConfig(**SIZES)), {}),
        (Llama(LlamaConfig(**SIZES)), LLAMA),
        (Llama(LlamaConfig(**SIZES, n_kv_heads=2)), LLAMA | {"n_kv_heads": 2}),
    ],
    ids=["GPT-2", "Llama", "Llama with shared keys"],
)
def test_the_ends_are_the_published_models(published, changes) -> None:
    randomized(published)
    model = hybrid(**changes)
    model.load_state_dict(published.state_dict())
    token_ids = torch.randint(11, (2, 9))
    torch.testing.assert_close(model(token_ids), published(token_ids))


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"rotary": True}, -9 * 8),
        ({"rms_norm": True}, -(2 * 2 + 1) * 8),
        ({"no_biases": True}, -2 * (4 * 8 + 20 + 8)),
        # A gate, and its bias.
        ({"swiglu": True}, 2 * (8 * 20 + 20)),
        ({"own_head": True}, 11 * 8),
        # Keys and values of 2 heads instead of 4, each of width 2, and their biases.
        ({"n_kv_heads": 2}, -2 * 2 * 2 * 2 * (8 + 1)),
    ],
)
def test_each_change_has_its_price(change: dict, difference: int) -> None:
    before, after = (
        sum(p.numel() for p in model.parameters())
        for model in (hybrid(), hybrid(**change))
    )
    assert after - before == difference


@pytest.mark.parametrize(
    "change", [*({name: True} for name in LLAMA), {"n_kv_heads": 1}]
)
def test_each_change_changes_what_is_computed(change: dict) -> None:
    torch.manual_seed(0)
    token_ids = torch.randint(11, (1, 5))
    plain, changed = randomized(hybrid()), hybrid(**change)
    own = randomized(changed).state_dict()
    shared = {  # every weight that both have, of the same shape
        name: weight
        for name, weight in plain.state_dict().items()
        if name in own and own[name].shape == weight.shape
    }
    changed.load_state_dict(shared, strict=False)
    difference = (plain(token_ids) - changed(token_ids)).abs().max()
    assert difference > 1e-3


def test_a_change_that_is_not_made_changes_nothing() -> None:
    torch.manual_seed(0)
    token_ids = torch.randint(11, (1, 5))
    plain, same = randomized(hybrid()), hybrid(n_kv_heads=4)
    same.load_state_dict(plain.state_dict())
    assert torch.equal(plain(token_ids), same(token_ids))


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"rotary": True, "d_model": 12}, "even width of a head, got 3"),
        ({"n_layers": 0}, "got n_layers=0"),
        ({"n_kv_heads": 3}, "n_heads=4 is not divisible by n_kv_heads=3"),
    ],
)
def test_impossible_sizes_are_refused(sizes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        hybrid(**sizes)


def test_too_many_tokens_are_refused() -> None:
    with pytest.raises(ValueError, match="10 tokens do not fit into the context of 9"):
        hybrid()(torch.zeros(1, 10, dtype=torch.long))


@pytest.mark.parametrize("changes", [{}, LLAMA | {"n_kv_heads": 2}, {"rotary": True}])
@torch.no_grad()
def test_generation_with_the_cache_equals_the_full_pass(changes: dict) -> None:
    torch.manual_seed(0)
    model = randomized(hybrid(**changes))
    token_ids = torch.randint(11, (2, 9))
    cache = model.new_cache()
    parts = [model(part, cache=cache) for part in token_ids.split([4, 1, 4], dim=1)]
    torch.testing.assert_close(torch.cat(parts, dim=1), model(token_ids))


def test_a_mask_hides_padding_on_the_left() -> None:
    torch.manual_seed(0)
    model = randomized(hybrid(**LLAMA))
    alone = torch.randint(11, (1, 4))
    ids, mask = pad_left([[1] * 6, alone[0].tolist()], pad_id=0)
    padded = generate(model, ids, 3, mask=mask)
    assert torch.equal(padded[1:, 2:], generate(model, alone, 3))
