"""The checkers that readers call: each says what is right, or names the mistake."""

from llm_foundations.exercises.block import check_block
from llm_foundations.exercises.block_stream import (
    check_contributions,
    check_soft_neuron,
)
from llm_foundations.exercises.block_weights import (
    check_block_parameters,
    check_first_weights,
)
from llm_foundations.exercises.experts import (
    check_balance,
    check_expert_counts,
    check_mixture,
    check_route,
)
from llm_foundations.exercises.multi_head_attention import (
    check_join_heads,
    check_multi_head_attention,
    check_share_heads,
    check_split_heads,
    check_tokens_that_fit,
    check_two_heads,
)
from llm_foundations.exercises.norm_gradient import check_layer_norm_gradient
from llm_foundations.exercises.norm_layers import (
    check_layer_norm,
    check_norms_by_hand,
    check_rms_norm,
)
from llm_foundations.exercises.norm_places import check_pre_norm_stack, check_spreads
from llm_foundations.exercises.positions import (
    check_add_learned,
    check_share_right,
    check_shuffled,
    check_sinusoids,
)
from llm_foundations.exercises.positions_biases import check_alibi_bias, check_bucket
from llm_foundations.exercises.positions_rotary import check_rotate

__all__ = [
    "check_add_learned",
    "check_alibi_bias",
    "check_bucket",
    "check_contributions",
    "check_expert_counts",
    "check_first_weights",
    "check_join_heads",
    "check_layer_norm",
    "check_layer_norm_gradient",
    "check_mixture",
    "check_multi_head_attention",
    "check_norms_by_hand",
    "check_pre_norm_stack",
    "check_rms_norm",
    "check_rotate",
    "check_route",
    "check_share_heads",
    "check_share_right",
    "check_shuffled",
    "check_sinusoids",
    "check_split_heads",
    "check_spreads",
    "check_tokens_that_fit",
    "check_two_heads",
]
