"""The checkers that readers call: each says what is right, or names the mistake."""

from llm_foundations.exercises.encoder_decoder import (
    check_count_transformer,
    check_cross_attention,
    check_tensor_shapes,
)
from llm_foundations.exercises.llama import (
    check_converted_queries,
    check_half_norm,
    check_llama_parameters,
    check_llama_parts,
    check_window_reach,
)
from llm_foundations.exercises.llama_block import check_llama_block
from llm_foundations.exercises.pretrained import check_read_header, check_read_tensor
from llm_foundations.exercises.pretrained_weights import (
    check_linear_weights,
    check_new_name,
    check_problems,
    check_same_model,
)
from llm_foundations.exercises.translating import check_translation_loss, check_write

__all__ = [
    "check_add_learned",
    "check_alibi_bias",
    "check_bucket",
    "check_converted_queries",
    "check_count_transformer",
    "check_cross_attention",
    "check_half_norm",
    "check_linear_weights",
    "check_llama_block",
    "check_llama_parameters",
    "check_llama_parts",
    "check_multi_head_attention",
    "check_new_name",
    "check_problems",
    "check_read_header",
    "check_read_tensor",
    "check_rms_norm",
    "check_rotate",
    "check_same_model",
    "check_share_heads",
    "check_share_right",
    "check_shuffled",
    "check_sinusoids",
    "check_split_heads",
    "check_spreads",
    "check_tensor_shapes",
    "check_translation_loss",
    "check_window_reach",
    "check_write",
]
