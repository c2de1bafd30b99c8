from llm_foundations.accounting.architecture import Architecture, Experts
from llm_foundations.accounting.weights import weights

SIZES = {"vocab_size": 10, "d_model": 4, "n_layers": 3, "n_heads": 2, "d_ff": 16}


def totals(shape: Architecture) -> dict[str, int]:
    return {weight.name: weight.total for weight in weights(shape)}


def test_a_decoder_by_hand() -> None:
    assert totals(Architecture(**SIZES, n_kv_heads=1)) == {
        "tokens": 10 * 4,
        "attention.q_proj": 3 * 4 * 4,
        "attention.k_proj": 3 * 4 * 2,
        "attention.v_proj": 3 * 4 * 2,
        "attention.o_proj": 3 * 4 * 4,
        "up_proj": 3 * 4 * 16,
        "down_proj": 3 * 16 * 4,
        "norm": 3 * 2 * 4,
        "final_norm": 4,
        "lm_head": 4 * 10,
    }


def test_the_gate_is_a_third_matrix() -> None:
    gated = totals(Architecture(**SIZES, gated=True))
    assert gated["gate_proj"] == gated["up_proj"] == gated["down_proj"] == 3 * 64


def test_a_tied_head_adds_nothing_but_is_multiplied_by() -> None:
    tied = Architecture(**SIZES, tie_embeddings=True)
    (head,) = (weight for weight in weights(tied) if weight.part == "head")
    assert (head.total, head.n_uses, head.is_matrix) == (0, 1, True)


def test_a_bias_has_the_width_of_the_output() -> None:
    qkv = totals(Architecture(**SIZES, attention_bias="qkv", n_kv_heads=1))
    assert qkv["attention.q_proj.bias"] == 3 * 4
    assert qkv["attention.k_proj.bias"] == 3 * 2
    assert "attention.o_proj.bias" not in qkv
    assert "attention.o_proj.bias" in totals(
        Architecture(**SIZES, attention_bias="yes")
    )


def test_a_token_meets_the_experts_it_visits() -> None:
    experts = Experts(n_experts=8, top_k=2, d_expert=5, n_shared=1, n_dense_layers=1)
    listed = {w.name: w for w in weights(Architecture(**SIZES, experts=experts))}
    assert (listed["experts.up_proj"].copies, listed["experts.up_proj"].n_uses) == (
        16,
        4,
    )
    assert listed["shared_experts.up_proj"].copies == 2
    assert listed["up_proj"].copies == 1
    assert listed["router"].shape == (4, 8)


def test_shared_layers_are_kept_once_and_used_in_each_layer() -> None:
    albert = Architecture(**SIZES, family="bert", shared_layers=True, d_embedding=2)
    listed = {w.name: w for w in weights(albert)}
    assert (listed["up_proj"].copies, listed["up_proj"].n_uses) == (1, 3)
    assert listed["tokens"].shape == (10, 2)
    assert listed["widen"].shape == (2, 4)


def test_an_encoder_decoder_has_two_stacks_and_cross_attention() -> None:
    t5 = totals(Architecture(**SIZES, family="t5", tie_embeddings=True))
    assert t5["encoder.up_proj"] == t5["decoder.up_proj"] == 3 * 64
    assert t5["decoder.cross_attention.k_proj"] == 3 * 16
    assert (t5["encoder.norm"], t5["decoder.norm"]) == (3 * 2 * 4, 3 * 3 * 4)
    assert t5["encoder.distances"] == 32 * 2
