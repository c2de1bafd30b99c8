"""The bytes that autograd keeps of plain blocks, against the formula."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from llm_foundations.accounting.activations import activation_bytes, layer_bytes
from llm_foundations.accounting.architecture import (
    Architecture,
    Experts,
    LatentAttention,
)
from llm_foundations.models.bert import BERT, BERTConfig
from llm_foundations.models.gpt import GPT, GPTConfig
from llm_foundations.models.llama import Llama, LlamaConfig

SIZES = {"d_model": 32, "n_layers": 2, "n_heads": 4, "d_ff": 80, "vocab_size": 50}
PLAIN = Architecture(**SIZES, norm="layernorm")
LLAMA = Architecture(**SIZES, gated=True)
NORMED = Architecture(**SIZES, norm="layernorm", qk_norm=True, n_kv_heads=2)
GROUPED = Architecture(**SIZES, gated=True, n_kv_heads=2)
BATCH, N_TOKENS = 2, 16


class Block(nn.Module):
    """A layer written with PyTorch's own operations, and nothing besides."""

    def __init__(self, a: Architecture, fused: bool) -> None:
        super().__init__()
        self.a, self.fused = a, fused
        norm = nn.LayerNorm if a.norm == "layernorm" else nn.RMSNorm
        self.norms = nn.ModuleList(norm(a.d_model) for _ in range(2))
        self.head_norms = nn.ModuleList(norm(a.d_head) for _ in range(2))
        shared = a.n_kv_heads * a.d_head
        self.q, self.o = (nn.Linear(a.d_model, a.d_model) for _ in range(2))
        self.k, self.v = (nn.Linear(a.d_model, shared) for _ in range(2))
        self.up, self.gate = (nn.Linear(a.d_model, a.d_ff) for _ in range(2))
        self.down = nn.Linear(a.d_ff, a.d_model)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attend(self.norms[0](x))
        y = self.norms[1](x)
        gated = self.a.gated
        inner = F.silu(self.gate(y)) * self.up(y) if gated else F.gelu(self.up(y))
        return x + self.down(inner)

    def attend(self, y: Tensor) -> Tensor:
        heads = (p(y).unflatten(-1, (-1, self.a.d_head)) for p in (self.q, self.k))
        if self.a.qk_norm:
            heads = (norm(x) for norm, x in zip(self.head_norms, heads, strict=True))
        q, k = (head.transpose(1, 2) for head in heads)  # (B, H, T, D)
        v = self.v(y).unflatten(-1, (-1, self.a.d_head)).transpose(1, 2)
        if self.fused:
            mixed = F.scaled_dot_product_attention(
                q, k, v, is_causal=True, enable_gqa=self.a.n_kv_heads < self.a.n_heads
            )
        else:
            future = torch.full((y.shape[1],) * 2, float("-inf")).triu(1)
            mixed = (q @ k.mT / self.a.d_head**0.5 + future).softmax(-1) @ v
        return self.o(mixed.transpose(1, 2).flatten(2))


class Model(nn.Module):
    """An embedding, blocks, a norm and a head."""

    def __init__(self, a: Architecture, fused: bool = True) -> None:
        super().__init__()
        self.tokens = nn.Embedding(a.vocab_size, a.d_model)
        self.blocks = nn.ModuleList(Block(a, fused) for _ in range(a.n_layers))
        norm = nn.LayerNorm if a.norm == "layernorm" else nn.RMSNorm
        self.norm, self.lm_head = norm(a.d_model), nn.Linear(a.d_model, a.vocab_size)

    def forward(self, ids: Tensor, checkpointing: bool = False) -> Tensor:
        x = self.tokens(ids)
        for block in self.blocks:
            x = checkpoint(block, x, use_reentrant=False) if checkpointing else block(x)
        return F.cross_entropy(self.lm_head(self.norm(x)).flatten(0, 1), ids.flatten())


def kept_bytes(model: nn.Module, **options: bool) -> int:
    """Add up what autograd keeps of a forward pass, weights and token ids aside."""
    weights = {weight.untyped_storage().data_ptr() for weight in model.parameters()}
    kept: dict[int, Tensor] = {}

    def pack(tensor: Tensor) -> Tensor:
        address = tensor.untyped_storage().data_ptr()
        # Scalars aside: the number of tokens that the mean divides by.
        if address not in weights and tensor.is_floating_point() and tensor.ndim:
            kept[address] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        model(torch.zeros(BATCH, N_TOKENS, dtype=torch.long), **options)
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())


def written_out_norms(a: Architecture, n_norms: int) -> int:
    """What a CPU keeps besides: there PyTorch writes RMSNorm out, a vector more."""
    return BATCH * N_TOKENS * 4 * a.d_model * n_norms * (a.norm == "rmsnorm")


SHAPES = {"gpt": PLAIN, "llama": LLAMA, "grouped": GROUPED, "normed heads": NORMED}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_fused_attention_keeps_what_is_predicted(shape: Architecture) -> None:
    predicted = activation_bytes(shape, BATCH, N_TOKENS, width=4)
    assert kept_bytes(Model(shape)) == predicted + written_out_norms(shape, 5)


@pytest.mark.parametrize("shape", [PLAIN, LLAMA], ids=["gpt", "llama"])
def test_plain_attention_also_keeps_its_weights(shape: Architecture) -> None:
    predicted = activation_bytes(shape, BATCH, N_TOKENS, width=4, fused_attention=False)
    kept = kept_bytes(Model(shape, fused=False))
    assert kept == predicted + written_out_norms(shape, 5)


@pytest.mark.parametrize("shape", [PLAIN, LLAMA], ids=["gpt", "llama"])
def test_checkpointing_keeps_the_layers_inputs(shape: Architecture) -> None:
    wide = Architecture(
        **{**SIZES, "vocab_size": 5000}, norm=shape.norm, gated=shape.gated
    )
    predicted = activation_bytes(wide, BATCH, N_TOKENS, width=4, checkpointing=True)
    kept = kept_bytes(Model(wide), checkpointing=True)
    assert kept == predicted + written_out_norms(wide, 1)


def log_probabilities(a: Architecture) -> int:
    """What the loss keeps, which a model alone does not compute."""
    return BATCH * N_TOKENS * 4 * a.vocab_size


def test_our_gpt_keeps_what_is_predicted() -> None:
    model = GPT(GPTConfig(**SIZES, context_length=N_TOKENS))
    predicted = activation_bytes(PLAIN, BATCH, N_TOKENS, width=4)
    assert kept_bytes(model) == predicted - log_probabilities(PLAIN)


def test_our_bert_keeps_what_is_predicted() -> None:
    shape = Architecture(**SIZES, family="bert", norm="layernorm")
    model = BERT(BERTConfig(**SIZES, context_length=N_TOKENS))
    assert kept_bytes(model) == activation_bytes(shape, BATCH, N_TOKENS, width=4)


def test_our_llama_keeps_a_copy_more() -> None:
    model = Llama(LlamaConfig(**SIZES, context_length=N_TOKENS))
    predicted = activation_bytes(LLAMA, BATCH, N_TOKENS, width=4)
    besides = written_out_norms(LLAMA, 5) - log_probabilities(LLAMA)
    # Rotated queries lie in another order, and so do the values mixed by them: the
    # last projection needs, and keeps, a copy in each layer.
    besides += LLAMA.n_layers * BATCH * N_TOKENS * LLAMA.d_model * 4
    tables = 2 * N_TOKENS * LLAMA.d_head // 2 * 4  # sines and cosines, once
    assert kept_bytes(model) == predicted + besides + tables


def test_a_checkpointed_layer_is_kept_whole_while_it_is_computed_again() -> None:
    layer = layer_bytes(PLAIN, N_TOKENS, width=4, fused_attention=True)
    inputs = PLAIN.n_layers * PLAIN.d_model * 4
    kept = activation_bytes(PLAIN, 1, N_TOKENS, width=4, checkpointing=True)
    assert kept == N_TOKENS * (inputs + layer)


def test_only_plain_attention_grows_with_the_square() -> None:
    def kept(n_tokens: int, fused: bool) -> int:
        return activation_bytes(PLAIN, 1, n_tokens, width=4, fused_attention=fused)

    assert kept(128, fused=True) == 2 * kept(64, fused=True)
    squares = 128**2 - 2 * 64**2
    growth = kept(128, fused=False) - 2 * kept(64, fused=False)
    assert growth == PLAIN.n_layers * PLAIN.n_heads * squares * 4


def test_a_gpt_layer_by_hand() -> None:
    shape = Architecture(
        vocab_size=10, d_model=64, n_layers=1, n_heads=4, d_ff=256, norm="layernorm"
    )
    layer = layer_bytes(shape, 128, width=2, fused_attention=False)
    norms, heads, inner, statistics = 2 * 2 * 64, 4 * 64, 2 * 256, 2 * 2 * 4
    assert layer == 2 * (norms + heads + inner) + statistics + 2 * 4 * 128


def test_experts_count_those_that_are_visited() -> None:
    experts = Experts(n_experts=8, top_k=2, d_expert=10, n_shared=1)
    mixed = Architecture(**SIZES, gated=True, experts=experts)
    plain = Architecture(**{**SIZES, "d_ff": 30}, gated=True)
    same = {"width": 2, "fused_attention": True}
    assert layer_bytes(mixed, 8, **same) == layer_bytes(plain, 8, **same)


def test_latent_attention_keeps_wide_heads_and_narrow_vectors() -> None:
    latent = LatentAttention(q_rank=6, kv_rank=5, d_nope=3, d_rope=2, d_value=4)
    same = {"width": 2, "fused_attention": True}
    wide = layer_bytes(Architecture(**SIZES, latent=latent), 8, **same)
    plain = layer_bytes(Architecture(**SIZES), 8, **same)
    assert wide - plain == 2 * (2 * 4 * (5 + 4) + 2 * (6 + 5)) - 2 * 4 * 4 * 8


def test_mistakes_are_named() -> None:
    t5 = Architecture(**SIZES, family="t5")
    with pytest.raises(ValueError, match="activations of a t5 are not counted here"):
        activation_bytes(t5, 1, 1)
    with pytest.raises(ValueError, match="n_tokens must be positive, got 0"):
        activation_bytes(PLAIN, 1, 0)
