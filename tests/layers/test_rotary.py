"""Rotary positions: by hand, both conventions, distance alone, and the scaling."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.llama.modeling_llama import (
    LlamaRotaryEmbedding,
    apply_rotary_pos_emb,
)

from llm_foundations.layers.rotary import (
    RopeScaling,
    RotaryEmbedding,
    half_split_to_interleaved,
    interleaved_to_half_split,
    inverse_frequencies,
    rotate_half,
    rotate_interleaved,
)


def test_by_hand() -> None:
    assert inverse_frequencies(4, rope_theta=100.0).tolist() == pytest.approx(
        [1.0, 0.1]
    )
    x = torch.tensor([[1.0, 0.0, 0.0, 1.0]])
    turned = RotaryEmbedding(torch.tensor([2]), 4, 100.0)(x)
    # Halves pair (1, 0) with angle 2, and (0, 1) with angle 0.2.
    expected = [math.cos(2), -math.sin(0.2), math.sin(2), math.cos(0.2)]
    torch.testing.assert_close(turned[0], torch.tensor(expected))


@pytest.mark.parametrize("d_head", [2, 6, 64])
def test_equals_transformers_far_out(d_head: int) -> None:
    config = LlamaConfig(hidden_size=d_head, num_attention_heads=1)
    positions = torch.tensor([[0, 1, 5, 4000], [7, 8, 9, 100_000]])
    q, k = torch.randn(2, 3, 4, d_head), torch.randn(2, 1, 4, d_head)
    cos, sin = LlamaRotaryEmbedding(config)(q, positions)
    expected_q, expected_k = apply_rotary_pos_emb(q, k, cos, sin)
    rotate = RotaryEmbedding(positions, d_head)
    torch.testing.assert_close(rotate(q), expected_q)
    torch.testing.assert_close(rotate(k), expected_k)


def test_pairs_are_a_product_of_complex_numbers() -> None:
    x, angles = torch.randn(2, 5, 6).double(), torch.randn(5, 3).double()
    turns = torch.polar(torch.ones_like(angles), angles)
    product = torch.view_as_complex(x.unflatten(-1, (3, 2))) * turns
    turned = rotate_interleaved(x, angles.cos(), angles.sin())
    torch.testing.assert_close(turned, torch.view_as_real(product).flatten(-2))


@pytest.mark.parametrize(("n_heads", "d_head"), [(1, 2), (3, 4), (5, 6)])
def test_the_converter_makes_both_conventions_one_model(
    n_heads: int, d_head: int
) -> None:
    weights = torch.randn(2, n_heads * d_head, 7).double()  # of q_proj and k_proj
    x, angles = torch.randn(4, 7).double(), torch.randn(4, d_head // 2).double()

    def scores(rotate: Callable[..., Tensor], weights: list[Tensor]) -> Tensor:
        heads = [(x @ w.T).view(4, n_heads, d_head).transpose(0, 1) for w in weights]
        q, k = (rotate(head, angles.cos(), angles.sin()) for head in heads)
        return q @ k.mT

    converted = [interleaved_to_half_split(weight, d_head) for weight in weights]
    expected = scores(rotate_interleaved, list(weights))
    torch.testing.assert_close(scores(rotate_half, converted), expected)
    assert torch.equal(half_split_to_interleaved(converted[0], d_head), weights[0])


def test_scores_depend_on_distance_alone() -> None:
    q, k = torch.randn(2, 1, 1, 1, 8).double()

    def score(m: int, n: int) -> Tensor:
        turned_q = RotaryEmbedding(torch.tensor([m]), 8, dtype=q.dtype)(q)
        return (
            turned_q * RotaryEmbedding(torch.tensor([n]), 8, dtype=q.dtype)(k)
        ).sum()

    for shift in (1, 10, 1000):
        torch.testing.assert_close(score(5 + shift, 2 + shift), score(5, 2))
    assert (score(5, 3) - score(5, 2)).abs() > 1e-6


@pytest.mark.parametrize("theta", [10_000.0, 500_000.0])
def test_llama_31_scaling_equals_transformers(theta: float) -> None:
    rope = {
        "rope_type": "llama3",
        "rope_theta": theta,
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }
    config = LlamaConfig(hidden_size=128, num_attention_heads=1, rope_parameters=rope)
    expected, _ = ROPE_INIT_FUNCTIONS["llama3"](config)
    scaled = RopeScaling()(inverse_frequencies(128, theta))
    torch.testing.assert_close(scaled, expected)
    plain = inverse_frequencies(128, theta)
    assert scaled[0] == plain[0]  # fast pairs are kept
    torch.testing.assert_close(scaled[-1], plain[-1] / 8)  # slow ones are not


def test_low_precision_keeps_its_type_and_its_positions() -> None:
    x = torch.randn(1, 1, 1, 8)
    exact = RotaryEmbedding(torch.tensor([1001]), 8)(x)
    rounded = RotaryEmbedding(torch.tensor([1001]), 8, dtype=torch.bfloat16)(
        x.bfloat16()
    )
    assert rounded.dtype == torch.bfloat16
    torch.testing.assert_close(rounded.float(), exact, rtol=0, atol=0.05)


@pytest.mark.parametrize("d_head", [0, 1, 7])
def test_an_odd_head_is_refused(d_head: int) -> None:
    with pytest.raises(ValueError, match=f"even d_head, got {d_head}"):
        inverse_frequencies(d_head)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"low_frequency_factor": 4.0}, "high.* greater than 4.0, got 4.0"),
        ({"low_frequency_factor": 0.0}, "low.* greater than 0, got 0.0"),
        ({"high_frequency_factor": math.nan}, "greater than 1.0, got nan"),
        ({"factor": 0.5}, "factor must be a finite number at least 1, got 0.5"),
        ({"factor": math.inf}, "factor must be a finite number.* got inf"),
        ({"original_context_length": 0}, "at least 1, got 0"),
    ],
)
def test_a_scaling_that_cannot_be_is_refused(wrong: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RopeScaling(**wrong)


@pytest.mark.parametrize(
    ("positions", "vectors"),
    [
        ((3, 5), (3, 5, 8)),  # would become (3, 3, 5, 8)
        ((5,), (5, 3, 8)),  # 3 positions, not 5
        ((1,), (2, 4, 5, 8)),  # one position for all five
        ((3, 5), (2, 4, 5, 8)),  # another batch
        ((5,), (2, 4, 5, 4)),  # another width
        ((5,), (8,)),
    ],
)
def test_a_rotation_never_broadcasts_in_silence(
    positions: tuple[int, ...], vectors: tuple[int, ...]
) -> None:
    rotate = RotaryEmbedding(torch.ones(positions, dtype=torch.long), d_head=8)
    with pytest.raises(ValueError, match=r"angles .* do not fit vectors of shape") as e:
        rotate(torch.zeros(vectors))
    assert str(vectors) in str(e.value)


def test_angles_of_two_shapes() -> None:
    x, cos = torch.zeros(2, 4), torch.ones(2, 2)
    for rotate in (rotate_half, rotate_interleaved):
        with pytest.raises(ValueError, match=r"shape \(2, 2\) and \(1, 2\) do not fit"):
            rotate(x, cos, cos[:1])
    with pytest.raises(ValueError, match=r"\(T,\) or \(B, T\), got shape \(1, 1, 2\)"):
        RotaryEmbedding(torch.zeros(1, 1, 2, dtype=torch.long), d_head=4)


def test_shared_and_own_positions_turn_alike() -> None:
    x, positions = torch.randn(2, 3, 5, 8), torch.arange(5)
    together = RotaryEmbedding(positions, d_head=8)(x)
    assert torch.equal(RotaryEmbedding(positions.expand(2, 5), d_head=8)(x), together)
    assert torch.equal(RotaryEmbedding(positions.expand(1, 5), d_head=8)(x), together)
    assert torch.equal(RotaryEmbedding(positions, d_head=8)(x[0, 0]), together[0, 0])


def test_the_front_door_offers_both_pairings() -> None:
    x, positions = torch.randn(2, 3, 5, 8), torch.arange(5)
    angles = positions[:, None] * inverse_frequencies(8)
    expected = rotate_interleaved(x, angles.cos(), angles.sin())
    turned = RotaryEmbedding(positions, d_head=8, rotate=rotate_interleaved)(x)
    torch.testing.assert_close(turned, expected)
    assert not torch.allclose(turned, RotaryEmbedding(positions, d_head=8)(x))


def test_one_row_of_angles_turns_every_position_alike() -> None:
    x, angles = torch.randn(5, 8), torch.rand(4)
    for rotate in (rotate_half, rotate_interleaved):
        turned = rotate(x, angles.cos(), angles.sin())
        own = angles.expand(5, 4)
        torch.testing.assert_close(turned, rotate(x, own.cos(), own.sin()))
