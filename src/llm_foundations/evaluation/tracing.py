"""Everything a decoder computes on its way to the logits, from one call.

`trace` returns the attention weights of every head, the residual stream after every
sublayer, and what the model would predict from each of them (the logit lens).
`ablate_heads` removes attention heads to measure what they are worth. `head_outputs`
returns what each head contributes, and `patch_head` replaces it (activation patching).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, cast

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from llm_foundations.evaluation.activations import (
    capture_activations,
    residual_components,
)
from llm_foundations.layers.attention import scaled_dot_product_attention
from llm_foundations.layers.masks import causal_mask
from llm_foundations.layers.multi_head_attention import MultiHeadAttention
from llm_foundations.models.decoder import Decoder


@dataclass(frozen=True)
class Trace:
    """The internal activations of one forward pass of a decoder.

    With N layers, the residual stream is kept 1 + 2N times: after the embedding, and
    after the attention and the feed-forward sublayer of every layer.
    """

    sublayers: tuple[str, ...]
    """What was added to the residual stream last: `embedding`, `attention 1`,
    `feed-forward 1`, `attention 2`, ..."""
    attention: Float[Tensor, "N B H T T"]
    """Attention weights: layer, sequence, head, query position, key position."""
    residual: Float[Tensor, "K B T C"]
    """The residual stream after each of `sublayers`."""
    logits: Float[Tensor, "K B T V"]
    """The logit lens: the last norm and the head applied to each `residual`. The last
    of them are the logits of the model itself."""


@torch.no_grad()
def trace(
    model: Decoder,
    token_ids: Int[Tensor, "B T"],
) -> Trace:
    """Run a pre-norm decoder and return all its activations: attention maps and more.

    Args:
        model: A pre-norm decoder such as [`GPT`][llm_foundations.models.gpt.GPT] or
            [`Llama`][llm_foundations.models.llama.Llama], in evaluation mode.
        token_ids: The tokens of each sequence, without padding.

    Raises:
        ValueError: If the model is in training mode and drops activations.

    Examples:
        >>> from llm_foundations.models.gpt import GPT, GPTConfig
        >>> model = GPT(GPTConfig(10, 8, d_model=8, n_layers=1, n_heads=2)).eval()
        >>> seen = trace(model, torch.tensor([[1, 2, 3]]))
        >>> seen.sublayers
        ('embedding', 'attention 1', 'feed-forward 1')
        >>> tuple(seen.attention.shape), tuple(seen.logits.shape)
        ((1, 1, 2, 3, 3), (3, 1, 3, 10))

    Reference:
        nostalgebraist (2020), interpreting GPT: the logit lens,
        <https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru/interpreting-gpt-the-logit-lens>
    """
    _check_mode(model)
    weights: list[Tensor] = []

    def keep(
        layer: MultiHeadAttention, inputs: tuple[Any, ...], output: Tensor
    ) -> None:
        weights.append(_attention_weights(layer, *inputs))

    layers = [block.attention for block in cast("list[Any]", model.blocks)]
    hooks = [layer.register_forward_hook(keep) for layer in layers]
    try:
        added = capture_activations(
            residual_components(model), lambda: model(token_ids)
        )
    finally:
        for hook in hooks:
            hook.remove()
    residual = torch.stack(_running_sums(added))  # (1 + 2N, B, T, C)
    names = [name for name in added if name[-1].isdigit()]
    logits = model.head(model.norm(residual))
    return Trace(("embedding", *names), torch.stack(weights), residual, logits)


def _check_mode(model: Decoder) -> None:
    dropout: float = getattr(model.config, "dropout", 0.0)
    if model.training and dropout:
        raise ValueError("the model is in training mode: call model.eval() first")


def _running_sums(added: dict[str, Tensor]) -> list[Tensor]:
    """The residual stream after each sublayer; all embeddings count as the first."""
    first, *others = (x for name, x in added.items() if not name[-1].isdigit())
    stream = [sum(others, first)]
    for name, x in added.items():
        if name[-1].isdigit():
            stream.append(stream[-1] + x)
    return stream


def _attention_weights(
    layer: MultiHeadAttention,
    x: Tensor,
    mask: Tensor | None = None,
    causal: bool = False,
    rotate: Any = None,  # noqa: ANN401 - a function of tensors
    cache: None = None,
) -> Float[Tensor, "B H T T"]:
    """Compute the weights that the layer's fused kernel never stores."""
    q, k = layer.split_heads(layer.q_proj(x)), layer.split_heads(layer.k_proj(x))
    if rotate is not None:
        q, k = rotate(q), rotate(k)
    k = k.repeat_interleave(q.shape[1] // k.shape[1], dim=1)  # grouped heads share
    if causal:
        mask = causal_mask(x.shape[1]).to(x.device)
    q = q * layer.scale * layer.d_head**0.5  # the plain form divides by sqrt(d_head)
    return scaled_dot_product_attention(q, k, k, mask)[1]


@contextmanager
def ablate_heads(
    model: Decoder,
    heads: Sequence[tuple[int, int]],
) -> Iterator[None]:
    """Zero-ablate attention heads: what they read is replaced by zeros.

    Args:
        model: A decoder whose blocks have a `MultiHeadAttention`.
        heads: Pairs of layer and head, each counted from 0.

    Raises:
        ValueError: If the model has no such layer or head.

    Examples:
        >>> from llm_foundations.models.gpt import GPT, GPTConfig
        >>> model = GPT(GPTConfig(10, 8, d_model=8, n_layers=1, n_heads=2))
        >>> ids = torch.tensor([[1, 2, 3]])
        >>> before = model(ids)
        >>> with ablate_heads(model, [(0, 1)]):
        ...     torch.equal(model(ids), before)
        False
    """
    with ExitStack() as hooked:
        for layer, head in heads:
            attention = _attention_of(model, layer, head)
            width = attention.d_head
            start = head * width

            def zero(
                module: nn.Module,
                inputs: tuple[Tensor],
                span: slice = slice(start, start + width),
            ) -> tuple[Tensor]:
                x = inputs[0].clone()
                x[..., span] = 0
                return (x,)

            hooked.enter_context(_before_projection(attention, zero))
        yield


@contextmanager
def _before_projection(
    attention: MultiHeadAttention, hook: Callable[[nn.Module, Any], Any]
) -> Iterator[None]:
    """Let a function see, and replace, what the output projection of a layer reads."""
    handle = attention.o_proj.register_forward_pre_hook(hook)
    try:
        yield
    finally:
        handle.remove()


@torch.no_grad()
def head_outputs(
    model: Decoder,
    token_ids: Int[Tensor, "B T"],
) -> Float[Tensor, "N B H T D"]:
    """Return the output of every attention head, before the output projection.

    Args:
        model: A decoder whose blocks have a `MultiHeadAttention`.
        token_ids: The tokens of each sequence, without padding.

    Returns:
        The outputs by layer, sequence, head and position. The `o_proj` of a layer
        concatenates those of its heads and projects them.

    Raises:
        ValueError: If the model is in training mode and drops activations.

    Examples:
        >>> from llm_foundations.models.gpt import GPT, GPTConfig
        >>> model = GPT(GPTConfig(10, 8, d_model=8, n_layers=1, n_heads=2))
        >>> tuple(head_outputs(model, torch.tensor([[1, 2, 3]])).shape)
        (1, 1, 2, 3, 4)
    """
    _check_mode(model)
    outputs: list[Tensor] = []

    def keep(module: nn.Module, inputs: tuple[Tensor]) -> None:
        heads = inputs[0].view(*token_ids.shape, model.config.n_heads, -1)
        outputs.append(heads.transpose(1, 2))

    with ExitStack() as hooked:
        for block in cast("list[Any]", model.blocks):
            hooked.enter_context(_before_projection(block.attention, keep))
        model(token_ids)
    return torch.stack(outputs)


@contextmanager
def patch_head(
    model: Decoder,
    layer: int,
    head: int,
    position: int,
    output: Float[Tensor, "D"],
) -> Iterator[None]:
    """Activation patching: replace the output of an attention head at one position.

    A forward pass over `position` tokens or fewer is left as it is. So in a generation
    with a KV cache only the pass over the prompt is changed.

    Args:
        model: A decoder whose blocks have a `MultiHeadAttention`.
        layer: Counted from 0.
        head: Counted from 0.
        position: Counted from 0, at least 1.
        output: The new output of the head, such as one that
            [`head_outputs`][llm_foundations.evaluation.tracing.head_outputs] returned
            for another text.

    Raises:
        ValueError: If the model has no such layer or head, the position is not
            positive, or the output has another width than the head.

    Examples:
        >>> from llm_foundations.models.gpt import GPT, GPTConfig
        >>> model = GPT(GPTConfig(10, 8, d_model=8, n_layers=1, n_heads=2)).eval()
        >>> ids, others = torch.tensor([[1, 2, 3]]), torch.tensor([[4, 5, 6]])
        >>> output = head_outputs(model, others)[0, 0, 1, 2]
        >>> with patch_head(model, 0, 1, 2, output):
        ...     patched = head_outputs(model, ids)
        >>> torch.equal(patched[0, 0, 1, 2], output)
        True

    Reference:
        Wang et al. (2022), interpretability in the wild,
        <https://arxiv.org/abs/2211.00593>
    """
    attention = _attention_of(model, layer, head)
    width = attention.d_head
    if position < 1:
        raise ValueError(f"position must be at least 1, got {position}")
    if output.shape != (width,):
        raise ValueError(
            f"the output of a head has shape ({width},), got {tuple(output.shape)}"
        )

    def replace(module: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
        x = inputs[0].clone()
        if x.shape[1] > position:
            x[:, position, head * width : (head + 1) * width] = output
        return (x,)

    with _before_projection(attention, replace):
        yield


def _attention_of(model: Decoder, layer: int, head: int) -> MultiHeadAttention:
    n_layers, n_heads = model.config.n_layers, model.config.n_heads
    if not (0 <= layer < n_layers and 0 <= head < n_heads):
        raise ValueError(
            f"there is no head {head} in layer {layer}: the model has {n_layers} "
            f"layers of {n_heads} heads, counted from 0"
        )
    return cast(MultiHeadAttention, model.blocks[layer].attention)
