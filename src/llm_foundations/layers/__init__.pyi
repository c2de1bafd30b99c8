from .attention import (
    attention_with_logsumexp as attention_with_logsumexp,
    biased_attention as biased_attention,
    fused_attention as fused_attention,
    scaled_dot_product_attention as scaled_dot_product_attention,
)
from .block import (
    CrossBlock as CrossBlock,
    TransformerBlock as TransformerBlock,
    post_norm as post_norm,
    pre_norm as pre_norm,
)
from .cache import (
    KVCache as KVCache,
    LayerCache as LayerCache,
)
from .embedding import (
    TokenEmbedding as TokenEmbedding,
)
from .experts import (
    MixtureOfExperts as MixtureOfExperts,
    load_balancing_loss as load_balancing_loss,
    mix_densely as mix_densely,
    route as route,
)
from .feed_forward import (
    GEGLU as GEGLU,
    FeedForward as FeedForward,
    GatedFeedForward as GatedFeedForward,
    SwiGLU as SwiGLU,
    gelu_tanh as gelu_tanh,
)
from .masks import (
    biased as biased,
    causal_mask as causal_mask,
    decoder_bias as decoder_bias,
    decoder_mask as decoder_mask,
    padding_mask as padding_mask,
    sliding_window_mask as sliding_window_mask,
)
from .multi_head_attention import (
    CrossAttention as CrossAttention,
    MultiHeadAttention as MultiHeadAttention,
)
from .normalization import (
    LayerNorm as LayerNorm,
    RMSNorm as RMSNorm,
    layer_norm as layer_norm,
    rms_norm as rms_norm,
)
from .positions import (
    LearnedPositions as LearnedPositions,
    RelativePositionBias as RelativePositionBias,
    SinusoidalPositions as SinusoidalPositions,
    alibi_bias as alibi_bias,
    alibi_slopes as alibi_slopes,
    relative_position_buckets as relative_position_buckets,
    relative_positions as relative_positions,
)
from .rotary import (
    RopeScaling as RopeScaling,
    RotaryEmbedding as RotaryEmbedding,
    half_split_to_interleaved as half_split_to_interleaved,
    interleaved_to_half_split as interleaved_to_half_split,
    inverse_frequencies as inverse_frequencies,
    rotate_half as rotate_half,
    rotate_interleaved as rotate_interleaved,
)

__all__ = [
    "GEGLU",
    "CrossAttention",
    "CrossBlock",
    "FeedForward",
    "GatedFeedForward",
    "KVCache",
    "LayerCache",
    "LayerNorm",
    "LearnedPositions",
    "MixtureOfExperts",
    "MultiHeadAttention",
    "RMSNorm",
    "RelativePositionBias",
    "RopeScaling",
    "RotaryEmbedding",
    "SinusoidalPositions",
    "SwiGLU",
    "TokenEmbedding",
    "TransformerBlock",
    "alibi_bias",
    "alibi_slopes",
    "attention_with_logsumexp",
    "biased",
    "biased_attention",
    "causal_mask",
    "decoder_bias",
    "decoder_mask",
    "fused_attention",
    "gelu_tanh",
    "half_split_to_interleaved",
    "interleaved_to_half_split",
    "inverse_frequencies",
    "layer_norm",
    "load_balancing_loss",
    "mix_densely",
    "padding_mask",
    "post_norm",
    "pre_norm",
    "relative_position_buckets",
    "relative_positions",
    "rms_norm",
    "rotate_half",
    "rotate_interleaved",
    "route",
    "scaled_dot_product_attention",
    "sliding_window_mask",
]
