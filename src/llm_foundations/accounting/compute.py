"""How much arithmetic a model does: exact, by the 6ND rule, and against the clock.

A FLOP is one multiplication or one addition; multiplying by a matrix of n numbers is
2n of them. Norms, activations and softmax are not counted, as is usual.
"""

from dataclasses import dataclass

from llm_foundations.accounting.architecture import Architecture
from llm_foundations.accounting.weights import Weight, weights


@dataclass(frozen=True)
class Flops:
    """The arithmetic of one pass."""

    attention: int
    """Projections, scores and mixing."""
    feed_forward: int
    """The feed-forward layers."""
    rest: int
    """The head, and what widens a factorised embedding."""
    scores: int
    """The part of `attention` that grows with the square of the length."""

    @property
    def total(self) -> int:
        """Everything together."""
        return self.attention + self.feed_forward + self.rest


def forward_flops(
    architecture: Architecture, n_tokens: int, batch_size: int = 1, n_source: int = 0
) -> Flops:
    """Count the FLOPs of a forward pass over whole sequences.

    All pairs of positions are counted, the masked ones too, as a kernel that does not
    skip them computes them. Looking up an embedding costs nothing.

    Args:
        architecture: The model.
        n_tokens: Length of each sequence, of the target if there is a source.
        batch_size: Sequences.
        n_source: Length of the source, for an encoder-decoder.

    Raises:
        ValueError: If a number is not positive.

    Examples:
        >>> tiny = Architecture(vocab_size=9, d_model=4, n_layers=1, n_heads=1, d_ff=8)
        >>> flops = forward_flops(tiny, n_tokens=3)
        >>> flops.attention, flops.feed_forward, flops.rest  # 3 x 2 x 64 + 2 x 72
        (528, 384, 216)

    Reference:
        Kaplan et al. (2020), table 1, <https://arxiv.org/abs/2001.08361>; Chowdhery et
        al. (2022), PaLM, appendix B, <https://arxiv.org/abs/2204.02311>
    """
    a, is_pair = architecture, architecture.family not in ("decoder", "bert")
    _check(n_tokens=n_tokens, batch_size=batch_size)
    if is_pair != (n_source > 0):
        need = "a positive n_source" if is_pair else "no n_source"
        raise ValueError(f"a {a.family} has {need}, got {n_source}")
    by_part = dict.fromkeys(("attention", "feed-forward", "head", "embedding"), 0)
    for weight in weights(a):
        if weight.is_matrix:
            positions = _positions(weight, n_tokens, n_source)
            by_part[weight.part] += 2 * weight.size * weight.n_uses * positions
    scores = _pair_flops(a, n_source, n_source)
    scores += _pair_flops(a, n_tokens, n_tokens + n_source)
    return Flops(
        attention=batch_size * (by_part["attention"] + scores),
        feed_forward=batch_size * by_part["feed-forward"],
        rest=batch_size * (by_part["head"] + by_part["embedding"]),
        scores=batch_size * scores,
    )


def _positions(weight: Weight, n_tokens: int, n_source: int) -> int:
    """How many positions of a sequence are multiplied by a weight."""
    if weight.name == "pooler":
        return 1  # it reads the first position alone
    from_source = ("decoder.cross_attention.k_proj", "decoder.cross_attention.v_proj")
    if weight.name.startswith("encoder.") or weight.name in from_source:
        return n_source
    return n_tokens


def _pair_flops(a: Architecture, n_queries: int, n_keys: int) -> int:
    """Scores of all pairs of positions, and mixing the values by them."""
    d_key, d_value = a.d_head, a.d_head
    if a.latent:
        d_key, d_value = a.latent.d_nope + a.latent.d_rope, a.latent.d_value
    return 2 * a.n_layers * a.n_heads * n_queries * n_keys * (d_key + d_value)


def backward_flops(forward: Flops | int) -> int:
    """Count the FLOPs of the backward pass: twice those of the forward pass.

    Each product of two matrices has two gradients, and each is such a product.

    Args:
        forward: The forward pass.

    Examples:
        >>> backward_flops(100)
        200
    """
    return 2 * (forward if isinstance(forward, int) else forward.total)


def training_flops(n_parameters: float, n_tokens: float) -> float:
    """Estimate the arithmetic of one training run as 6ND.

    Args:
        n_parameters: Parameters that a token is multiplied by.
        n_tokens: Tokens seen, repeats included.

    Returns:
        FLOPs: 2 for forward and 4 for backward, per parameter and token.

    Raises:
        ValueError: If a number is not positive.

    Examples:
        >>> f"{training_flops(174.6e9, 300e9):.3g}"  # GPT-3, Table D.1
        '3.14e+23'

    Reference:
        Kaplan et al. (2020), section 2.1, <https://arxiv.org/abs/2001.08361>
    """
    _check(n_parameters=n_parameters, n_tokens=n_tokens)
    return 6.0 * n_parameters * n_tokens


def utilization(
    flops: float, seconds: float, peak_flops: float, n_devices: int = 1
) -> float:
    """Return the share of the devices' peak that a run made use of.

    With the FLOPs that the model needs it is called model FLOPs utilization, MFU; with
    those that were done, recomputation included, hardware FLOPs utilization, HFU.

    Args:
        flops: The arithmetic of the run.
        seconds: How long it took.
        peak_flops: FLOPs that one device can do in a second, at the run's precision.
        n_devices: Devices that worked on it.

    Returns:
        A share of 1.

    Raises:
        ValueError: If a number is not positive, or the result is above 1: then a unit
            is wrong.

    Examples:
        Llama 2 7B took 184,320 hours on A100:

        >>> hours = 184_320
        >>> round(utilization(6 * 6.738e9 * 2e12, hours * 3600, 312e12), 2)
        0.39

    Reference:
        Chowdhery et al. (2022), PaLM, section 4.1, <https://arxiv.org/abs/2204.02311>
    """
    _check(flops=flops, seconds=seconds, peak_flops=peak_flops, n_devices=n_devices)
    share = flops / (seconds * peak_flops * n_devices)
    if share > 1:
        raise ValueError(f"utilization {share:.3g} is above 1: check the units")
    return share


def _check(**named: float) -> None:
    for name, value in named.items():
        if value <= 0:
            raise ValueError(f"{name} must be positive, got {value}")
