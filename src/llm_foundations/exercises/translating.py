"""Checkers of the lesson on the first Transformer: writing and counting."""

from typing import Any

import torch

from llm_foundations.exercises.checking import Function, call, checker, require
from llm_foundations.models.encoder_decoder import EncoderDecoder, EncoderDecoderConfig

_START, _END = 1, 2
_SENTENCE = [5, 7, 5, 9, _END]
_VOCAB_SIZE = 12


@checker("It writes the best word each time, and knows when to stop.")
def check_write(write: Function) -> None:
    """Check greedy writing.

    Args:
        write: Takes `next_scores`, a function from the ids so far, the start token
            first, to a score for each word; `start_id`, `end_id` and
            `max_new_tokens`. Returns the ids written, the end token included.
    """
    for limit in (10, 3):
        asked: list[list[int]] = []

        def next_scores(ids: Any, asked: list[list[int]] = asked) -> torch.Tensor:
            so_far = torch.as_tensor(ids).flatten().tolist()
            require(len(asked) < 40, "it never stops: count the new tokens")
            asked.append(so_far)
            return _scores(so_far)

        found = call(
            write, next_scores, _START, _END, limit, when=f"with at most {limit}"
        )
        written = torch.as_tensor(found).flatten().tolist()
        _explain_asked(asked)
        _explain_written(written, limit)


def _scores(so_far: list[int]) -> torch.Tensor:
    """Score the next word of the sentence best, the one after it second."""
    is_known = so_far[:1] == [_START] and so_far[1:] == _SENTENCE[: len(so_far) - 1]
    scores = torch.linspace(0.0, 0.1, _VOCAB_SIZE)
    best = _SENTENCE[len(so_far) - 1] if is_known and len(so_far) <= 5 else 4
    scores[best] = 3.0
    return scores


def _explain_asked(asked: list[list[int]]) -> None:
    require(asked, "next_scores was never asked")
    require(
        asked[0] == [_START],
        f"the first question must be [start], got {asked[0]}",
    )
    if len(asked) > 1:
        require(
            len(asked[1]) > 1,
            "the decoder was shown the last word alone: show it all words so far",
        )


def _explain_written(written: list[int], limit: int) -> None:
    expected = _SENTENCE[:limit]
    require(written != [_START, *expected], "the start token was given, not written")
    require(
        limit < 10 or written != expected[:-1], "the end token is missing at the end"
    )
    require(
        written[: len(expected)] != expected or len(written) <= len(expected),
        "it goes on after the end token"
        if limit == 10
        else f"{len(written)} tokens were written, {limit} were allowed",
    )
    require(
        expected[: len(written)] != written or len(written) == len(expected),
        f"it stopped after {len(written)} of {len(expected)} tokens",
    )
    require(written == expected, f"the best words are {expected}, it wrote {written}")


@checker("Embedding, attention, feed-forward layers and norms: it equals the model.")
def check_count_transformer(count_transformer: Function) -> None:
    """Check the number of parameters of an encoder-decoder.

    Args:
        count_transformer: Takes `vocab_size, d_model, n_layers, d_ff`; returns the
            number of parameters, with one shared embedding, biases in attention
            and feed-forward layers, and no norm after the last block.
    """
    for v, c, n, f in ((50, 12, 2, 20), (7, 8, 3, 30)):
        model = EncoderDecoder(EncoderDecoderConfig(v, c, n, n_heads=2, d_ff=f))
        right = sum(p.numel() for p in model.parameters())
        count = call(count_transformer, v, c, n, f, when=f"with {(v, c, n, f)}")
        mistakes = {
            v * c: "the embedding is counted twice: source, target and head share it",
            2 * v * c: "the embedding is counted three times: all share one",
            -v * c: "the embedding is missing",
            -n * 4 * (c * c + c): "the decoder has two attentions, not one",
            -n * 2 * c: "a block of the decoder has three norms, not two",
            -n * 6 * (c * c + c) * 2: "attention is missing",
            -n * 3 * 4 * c: "attention has biases too: four times d_model",
            -n * 2 * (f + c): "feed-forward layers have biases: d_ff and d_model",
            -n * 5 * c: "a norm has a weight and a bias for each number",
        }
        mistakes[-n * 3 * 4 * c - n * 2 * (f + c)] = "no bias is counted"
        mistakes[4 * c] = "two norms too many: post-norm needs none at the end"
        found = mistakes.get(int(count) - right, f"it has {right}, you count {count}")
        require(count == right, found)
