"""The checkers that readers call: each says what is right, or names the mistake."""

from llm_foundations.exercises.attention import (
    check_look_at_first,
    check_score_spread,
    check_weights_by_hand,
)
from llm_foundations.exercises.attention_function import check_attention
from llm_foundations.exercises.attention_masks import (
    check_causal_mask,
    check_padding_mask,
)

__all__ = [
    "check_attention",
    "check_causal_mask",
    "check_look_at_first",
    "check_padding_mask",
    "check_score_spread",
    "check_weights_by_hand",
]
