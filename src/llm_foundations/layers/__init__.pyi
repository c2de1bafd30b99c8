from .attention import (
    attention_with_logsumexp as attention_with_logsumexp,
)
from .attention import (
    biased_attention as biased_attention,
)
from .attention import (
    fused_attention as fused_attention,
)
from .attention import (
    scaled_dot_product_attention as scaled_dot_product_attention,
)
from .block import (
    CrossBlock as CrossBlock,
)
from .block import (
    TransformerBlock as TransformerBlock,
)
from .block import (
    post_norm as post_norm,
)
from .block import (
    pre_norm as pre_norm,
)
from .cache import (
    KVCache as KVCache,
)
from .cache import (
    LayerCache as LayerCache,
)
from .embedding import (
    TokenEmbedding as TokenEmbedding,
)
from .experts import (
    MixtureOfExperts as MixtureOfExperts,
)
from .experts import (
    load_balancing_loss as load_balancing_loss,
)
from .experts import (
    mix_densely as mix_densely,
)
from .experts import (
    route as route,
)
from .feed_forward import (
    GEGLU as GEGLU,
)
from .feed_forward import (
    FeedForward as FeedForward,
)
from .feed_forward import (
    GatedFeedForward as GatedFeedForward,
)
from .feed_forward import (
    SwiGLU as SwiGLU,
)
from .feed_forward import (
    gelu_tanh as gelu_tanh,
)
from .masks import (
    biased as biased,
)
from .masks import (
    causal_mask as causal_mask,
)
from .masks import (
    decoder_bias as decoder_bias,
)
from .masks import (
    decoder_mask as decoder_mask,
)
from .masks import (
    padding_mask as padding_mask,
)
from .masks import (
    sliding_window_mask as sliding_window_mask,
)
from .multi_head_attention import (
    CrossAttention as CrossAttention,
)
from .multi_head_attention import (
    MultiHeadAttention as MultiHeadAttention,
)
from .normalization import (
    LayerNorm as LayerNorm,
)
from .normalization import (
    RMSNorm as RMSNorm,
)
from .normalization import (
    layer_norm as layer_norm,
)
from .normalization import (
    rms_norm as rms_norm,
)
from .positions import (
    LearnedPositions as LearnedPositions,
)
from .positions import (
    RelativePositionBias as RelativePositionBias,
)
from .positions import (
    SinusoidalPositions as SinusoidalPositions,
)
from .positions import (
    alibi_bias as alibi_bias,
)
from .positions import (
    alibi_slopes as alibi_slopes,
)
from .positions import (
    relative_position_buckets as relative_position_buckets,
)
from .positions import (
    relative_positions as relative_positions,
)
from .rotary import (
    RopeScaling as RopeScaling,
)
from .rotary import (
    RotaryEmbedding as RotaryEmbedding,
)
from .rotary import (
    half_split_to_interleaved as half_split_to_interleaved,
)
from .rotary import (
    interleaved_to_half_split as interleaved_to_half_split,
)
from .rotary import (
    inverse_frequencies as inverse_frequencies,
)
from .rotary import (
    rotate_half as rotate_half,
)
from .rotary import (
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
