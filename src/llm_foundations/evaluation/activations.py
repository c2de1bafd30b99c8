"""Looking into a model: what its parts hand over, and what it does without them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor, nn

from llm_foundations.layers.block import TransformerBlock
from llm_foundations.models.decoder import Decoder


def residual_components(model: Decoder) -> dict[str, nn.Module]:
    """Name what the residual stream of a decoder is the sum of, in order.

    Args:
        model: A pre-norm decoder, such as [`GPT`][llm_foundations.models.gpt.GPT] or
            [`Llama`][llm_foundations.models.llama.Llama].

    Returns:
        `the word`, then `its place` where positions are added to it, then
        `attention 1`, `feed-forward 1`, `attention 2` and so on.

    Examples:
        >>> from llm_foundations.models.gpt import GPT, GPTConfig
        >>> model = GPT(GPTConfig(10, 8, d_model=8, n_layers=1, n_heads=2))
        >>> list(residual_components(model))
        ['the word', 'its place', 'attention 1', 'feed-forward 1']
    """
    parts: dict[str, nn.Module] = {"the word": model.token_embedding}
    if hasattr(model, "position_embedding"):
        parts["its place"] = cast(nn.Module, model.position_embedding)
    blocks = cast(Iterable[TransformerBlock], model.blocks)
    for i, block in enumerate(blocks, start=1):
        parts[f"attention {i}"] = block.attention
        parts[f"feed-forward {i}"] = block.feed_forward
    return parts


def capture_activations(
    parts: Mapping[str, nn.Module], run: Callable[[], object]
) -> dict[str, Tensor]:
    """Return what each part handed over while `run` was called.

    Args:
        parts: The parts, by name.
        run: Uses the model that they belong to, such as `lambda: model(token_ids)`.

    Returns:
        Their last outputs, without gradient, by name, in the order of `parts`.

    Raises:
        ValueError: If a part was not used.
    """
    seen: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[[nn.Module, Any, Tensor], None]:
        return lambda module, inputs, output: seen.update({name: output.detach()})

    hooks = [part.register_forward_hook(keep(name)) for name, part in parts.items()]
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    if unused := [name for name in parts if name not in seen]:
        raise ValueError(f"not used while run was called: {', '.join(unused)}")
    return {name: seen[name] for name in parts}


@contextmanager
def zero_ablation(*parts: nn.Module) -> Iterator[None]:
    """Let parts of a model hand over zeros until the `with` ends.

    A part that adds to a residual stream then adds nothing: the rest of the model
    works as if it were not there.

    Args:
        parts: Any modules whose output is a tensor.

    Examples:
        >>> import torch
        >>> layer = nn.Linear(2, 2)
        >>> with zero_ablation(layer):
        ...     layer(torch.ones(2)).tolist()
        [0.0, 0.0]
    """
    hooks = [part.register_forward_hook(_nothing) for part in parts]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _nothing(module: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> Tensor:
    return torch.zeros_like(output)
