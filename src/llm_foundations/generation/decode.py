"""Let a model write: one token after the other, each chosen from the model's scores."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from llm_foundations.checks import check_integer, check_number
from llm_foundations.models.decoder import Decoder
from llm_foundations.models.encoder_decoder import EncoderDecoder

Sampler = Callable[[Tensor], Tensor]
"""Turns the logits of the next token, one row a sequence, into the ids chosen."""


def greedy(logits: Float[Tensor, "B V"]) -> Int[Tensor, " B"]:
    """Choose the best token of each row; of equals, the first.

    Examples:
        >>> greedy(torch.tensor([[0.0, 2.0, 1.0]])).tolist()
        [1]
    """
    return logits.argmax(dim=-1)


def sampler(
    temperature: float = 1.0,
    top_k: int | None = None,
    generator: torch.Generator | None = None,
) -> Sampler:
    """Return a chooser that draws each token by its probability.

    Args:
        temperature: Divides the logits: below 1 the likely get likelier, above 1 the
            unlikely get their chance.
        top_k: Draw from this many best tokens alone; None from all.
        generator: Source of the randomness.

    Raises:
        ValueError: If `temperature` is not positive, or `top_k` less than 1.

    Examples:
        >>> choose = sampler(top_k=1)
        >>> choose(torch.tensor([[0.0, 2.0, 1.0]])).tolist()
        [1]
    """
    check_number("temperature", temperature, above=0)
    if top_k is not None:
        check_integer("top_k", top_k)

    def draw(logits: Tensor) -> Tensor:
        # At most 0, so that no division overflows. Any temperature below 1e-30 gives
        # the same weights: all to the largest logit.
        behind = logits - logits.amax(dim=-1, keepdim=True)
        weights = (behind / max(temperature, 1e-30)).softmax(dim=-1)
        return torch.multinomial(weights, 1, generator=generator)

    def choose(logits: Tensor) -> Tensor:
        if top_k is None:
            return draw(logits)[:, 0]
        best, ids = logits.topk(min(top_k, logits.shape[-1]))
        return ids.gather(-1, draw(best))[:, 0]

    return choose


def generate(
    model: Decoder | nn.Module,
    token_ids: Int[Tensor, "B T"],
    max_new_tokens: int,
    choose: Sampler = greedy,
    eos_id: int | None = None,
    mask: Bool[Tensor, "B T"] | None = None,
) -> Int[Tensor, "B L"]:
    """Continue each row of tokens.

    A [`Decoder`][llm_foundations.models.decoder.Decoder] keeps a KV cache and so reads
    each token once. Any other module from ids to logits reads the whole row again for
    each new token, to the same effect.

    Args:
        model: Run in evaluation mode, without gradients.
        token_ids: The prompts. Shorter ones are filled up on their left side.
        max_new_tokens: Upper bound of what is added to each row.
        choose: [`greedy`][llm_foundations.generation.decode.greedy], what
            [`sampler`][llm_foundations.generation.decode.sampler] returns, or any
            function from logits (B, V) to ids (B,).
        eos_id: The token that ends a row; what follows it is filled with it. All ends
            when every row has ended.
        mask: False where `token_ids` is filling; see
            [`pad_left`][llm_foundations.generation.decode.pad_left].

    Returns:
        The prompts and what follows them.

    Raises:
        ValueError: If nothing is to be read or written, the context cannot hold it,
            or the shapes do not fit.
    """
    check_integer("max_new_tokens", max_new_tokens)
    _check_ids("token_ids", token_ids, mask)
    limit = getattr(getattr(model, "config", None), "context_length", None)
    if limit is not None and token_ids.shape[1] + max_new_tokens > limit:
        raise ValueError(
            f"{token_ids.shape[1]} + {max_new_tokens} tokens do not fit into the "
            f"context of {limit}"
        )
    with _evaluating(model):
        read = _reader(model, mask)
        ids = _extended(token_ids, read, max_new_tokens, choose, eos_id)
    return ids.clone()  # one that a later training step may read


def translate(
    model: EncoderDecoder | nn.Module,
    source_ids: Int[Tensor, "B S"],
    max_new_tokens: int,
    start_id: int,
    eos_id: int | None = None,
    source_mask: Bool[Tensor, "B S"] | None = None,
) -> Int[Tensor, "B L"]:
    """Write the most likely target, token by token, for each source.

    Args:
        model: An encoder-decoder, such as
            [`T5`][llm_foundations.models.t5.T5], or what has `encode`, `decode`, `head`
            and `new_cache` as it does.
        source_ids: What is to be translated.
        max_new_tokens: Upper bound of each target's length.
        start_id: The token that the decoder begins with; it is not returned.
        eos_id: The token that ends a row; what follows it is filled with it.
        source_mask: False where `source_ids` is filling.

    Raises:
        ValueError: If nothing is to be read or written, or the shapes do not fit.
    """
    check_integer("max_new_tokens", max_new_tokens)
    _check_ids("source_ids", source_ids, source_mask)
    with _evaluating(model):
        read = _source_reader(model, source_ids, source_mask)
        start = torch.full_like(source_ids[:, :1], start_id)
        ids = _extended(start, read, max_new_tokens, greedy, eos_id)
    return ids[:, 1:].clone()


def pad_left(
    prompts: list[list[int]], pad_id: int
) -> tuple[Int[Tensor, "B T"], Bool[Tensor, "B T"]]:
    """Line prompts of different lengths up at their ends.

    Returns:
        The ids, and True where they are real.

    Raises:
        ValueError: If a prompt is empty.

    Examples:
        >>> ids, mask = pad_left([[5, 6, 7], [8]], pad_id=0)
        >>> ids.tolist(), mask.int().tolist()
        ([[5, 6, 7], [0, 0, 8]], [[1, 1, 1], [0, 0, 1]])
    """
    if not all(prompts):
        raise ValueError(f"prompt {prompts.index([])} is empty")
    n = max(map(len, prompts), default=0)
    ids = [[pad_id] * (n - len(prompt)) + prompt for prompt in prompts]
    real = [[False] * (n - len(prompt)) + [True] * len(prompt) for prompt in prompts]
    return torch.tensor(ids), torch.tensor(real)


def _check_ids(name: str, ids: Tensor, mask: Tensor | None) -> None:
    if ids.ndim != 2 or ids.shape[1] < 1:
        raise ValueError(
            f"{name} must be rows of at least one id (B, T), got shape "
            f"{tuple(ids.shape)}"
        )
    if mask is not None and mask.shape != ids.shape:
        raise ValueError(
            f"the mask must have the shape of {name}, {tuple(ids.shape)}, got "
            f"{tuple(mask.shape)}"
        )


def _extended(
    token_ids: Tensor,
    read: Callable[[Tensor], Tensor],
    max_new_tokens: int,
    choose: Sampler,
    eos_id: int | None,
) -> Tensor:
    """Add tokens until every row has ended; `read` maps all ids so far to logits."""
    ended = torch.zeros(len(token_ids), dtype=torch.bool, device=token_ids.device)
    for _ in range(max_new_tokens):
        new_ids = choose(read(token_ids))
        if eos_id is not None:
            new_ids = new_ids.masked_fill(ended, eos_id)
            ended |= new_ids == eos_id
        token_ids = torch.cat((token_ids, new_ids[:, None]), dim=1)
        if eos_id is not None and ended.all():
            break
    return token_ids


def _reader(
    model: Decoder | nn.Module, mask: Tensor | None
) -> Callable[[Tensor], Tensor]:
    """Return the function from all ids so far to the logits of the next."""
    if not hasattr(model, "new_cache"):  # which what wraps a decoder may hand through
        if mask is not None:
            raise ValueError(f"{type(model).__name__} has no way to skip filling")
        return lambda token_ids: model(token_ids)[:, -1]
    decoder = cast(Decoder, model)
    cache = decoder.new_cache()

    def read(token_ids: Tensor) -> Tensor:
        new_ids, real, positions = token_ids[:, cache.length :], None, None
        if mask is not None:
            n_written = token_ids.shape[1] - mask.shape[1]
            real = nn.functional.pad(mask, (0, n_written), value=True)
            positions = (real.cumsum(1) - 1).clamp(min=0)[:, cache.length :]
            real = real[:, None]
        features = decoder.features(new_ids, real, positions, cache)
        return decoder.head(features[:, -1])

    return read


def _source_reader(
    model: EncoderDecoder | nn.Module,
    source_ids: Tensor,
    source_mask: Tensor | None,
) -> Callable[[Tensor], Tensor]:
    mask = None if source_mask is None else source_mask[:, None]
    pair = cast(EncoderDecoder, model)
    source = pair.encode(source_ids, mask)
    cache = pair.new_cache()

    def read(target_ids: Tensor) -> Tensor:
        new_ids = target_ids[:, cache.length :]
        return pair.head(pair.decode(new_ids, source, mask, cache=cache)[:, -1])

    return read


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Switch gradients and dropout off, and dropout back on if it was on."""
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        model.train(was_training)
