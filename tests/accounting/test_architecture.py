import pytest

from llm_foundations.accounting.architecture import (
    Architecture,
    Experts,
    LatentAttention,
)

SIZES = {"vocab_size": 100, "d_model": 8, "n_layers": 2, "n_heads": 4, "d_ff": 32}


def test_what_follows_is_filled_in() -> None:
    shape = Architecture(**SIZES)
    assert (shape.n_kv_heads, shape.d_head, shape.d_embedding) == (4, 2, 8)
    given = Architecture(**SIZES, n_kv_heads=2, d_head=16, d_embedding=3)
    assert (given.n_kv_heads, given.d_head, given.d_embedding) == (2, 16, 3)


def test_a_width_that_heads_do_not_divide_needs_a_head_width() -> None:
    with pytest.raises(ValueError, match="d_model 9 is not divisible by 4 heads"):
        Architecture(**{**SIZES, "d_model": 9})
    assert Architecture(**{**SIZES, "d_model": 9}, d_head=5).d_head == 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_layers": -1}, "n_layers must be positive, got -1"),
        ({"vocab_size": 0}, "vocab_size must be positive, got 0"),
        ({"n_positions": -512}, "n_positions must be positive, got -512"),
        ({"d_model": "8"}, "d_model must be a whole number, got '8'"),
        ({"d_ff": 32.0}, "d_ff must be a whole number, got 32.0"),
        ({"n_heads": None}, "n_heads must be a whole number, got None"),
        ({"n_kv_heads": 3}, "4 heads cannot share 3 key-value heads"),
        ({"family": "mamba"}, "family 'mamba' is none of decoder, bert, t5"),
        ({"attention_bias": True}, "attention_bias True is unknown"),
        ({"gated": "false"}, "gated must be True or False, got 'false'"),
        ({"window": 0}, "window must be positive, got 0"),
        ({"window": 4, "n_windowed_layers": 3}, "n_windowed_layers is 3 of 2 layers"),
        ({"n_windowed_layers": 1}, "1 layers have a window of None"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Architecture(**{**SIZES, **change})


def test_more_layers_cannot_be_without_experts_than_there_are() -> None:
    experts = Experts(n_experts=2, top_k=1, d_expert=4, n_dense_layers=3)
    with pytest.raises(ValueError, match="n_dense_layers is 3 of 2 layers"):
        Architecture(**SIZES, experts=experts)


def test_more_experts_cannot_be_visited_than_there_are() -> None:
    with pytest.raises(ValueError, match="top_k is 3 of 2 experts"):
        Experts(n_experts=2, top_k=3, d_expert=4)
    with pytest.raises(ValueError, match="d_expert must be positive, got -4"):
        Experts(n_experts=2, top_k=1, d_expert=-4)
    with pytest.raises(ValueError, match="kv_rank must be positive, got 0"):
        LatentAttention(q_rank=None, kv_rank=0, d_nope=8, d_rope=4, d_value=8)
    with pytest.raises(ValueError, match="q_rank must be positive, got 0"):
        LatentAttention(q_rank=0, kv_rank=8, d_nope=8, d_rope=4, d_value=8)
