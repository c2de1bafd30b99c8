"""Answers that readers wrote to the exercises on the encoder-decoder."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from llm_foundations.exercises.models.encoder_decoder import (
    check_count_transformer,
    check_cross_attention,
    check_tensor_shapes,
)
from llm_foundations.exercises.models.translating import (
    check_translation_loss,
    check_write,
)
from llm_foundations.models import EncoderDecoder, EncoderDecoderConfig
from tests.exercises.answers import accepts, refuses


def shapes(b, s, t, c, h, v):
    own, across = torch.empty(b, h, t, t).shape, torch.empty(b, h, t, s).shape
    return dict(memory=[b, s, c], logits=(b, t, v), self_weights=own) | {
        "cross_weights": torch.tensor(across)
    }


test_tensor_shapes_accepts = accepts(check_tensor_shapes, [shapes])
test_tensor_shapes_refuses = refuses(
    check_tensor_shapes,
    {
        "not for each number of a head": lambda b, s, t, c, h, v: (
            shapes(b, s, t, c, h, v) | {"self_weights": (b, h, t, c // h)}
        ),
        "memory: expected 3 numbers, got 2": lambda b, s, t, c, h, v: (
            shapes(b, s, t, c, h, v) | {"memory": (s, c)}
        ),
        "logits: expected 3 numbers, got 700": (
            lambda b, s, t, c, h, v: (
                shapes(b, s, t, c, h, v) | {"logits": torch.zeros(b, t, v)}
            )
        ),
        "expected a dictionary with ['memory', 'self_weights',": lambda *sizes: [sizes],
        "nothing was returned": lambda *sizes: None,
    },
)


def written_out(x, source, w_q, w_k, w_v, source_mask):
    scores = torch.einsum("btc,bsc->bts", x @ w_q, source @ w_k) / x.shape[-1] ** 0.5
    powers = (scores - scores.amax(-1, keepdim=True)).exp() * source_mask
    weights = powers / powers.sum(-1, keepdim=True)
    return [weights @ source @ w_v, weights]


def renormalized(x, source, w_q, w_k, w_v, source_mask):
    q, k, v = (a.double() for a in (x @ w_q, source @ w_k, source @ w_v))
    weights = (q @ k.mT / x.shape[-1] ** 0.5).softmax(-1) * source_mask
    weights = F.normalize(weights, p=1, dim=-1)
    return weights @ v, weights


def fused(x, source, w_q, w_k, w_v, source_mask):
    q, k, v = x @ w_q, source @ w_k, source @ w_v
    scores = q @ k.mT / q.shape[-1] ** 0.5 + (source_mask.float() - 1) * 1e9
    mixed = F.scaled_dot_product_attention(q, k, v, source_mask)
    return mixed, scores.softmax(-1)


def absolute(x, source, w_q, w_k, w_v, source_mask):
    scores = ((x @ w_q) @ (source @ w_k).mT / math.sqrt(x.shape[-1])).abs()
    weights = scores.masked_fill(~source_mask, -torch.inf).softmax(-1)
    return weights @ (source @ w_v), weights


def averaged(*given):
    mixed, weights = fused(*given)
    return mixed.mean(1, keepdim=True), weights


test_cross_attention_accepts = accepts(
    check_cross_attention, [written_out, renormalized, fused]
)
test_cross_attention_refuses = refuses(
    check_cross_attention,
    {
        "x reads itself": lambda x, source, *rest: fused(x, x, *rest),
        "the source reads itself": lambda x, source, *rest: fused(
            source, source, *rest
        ),
        "the padding is read": lambda *given: fused(*given[:5], given[5] | True),
        "the mixed values: expected the shape (2, 4, 5), got (2, 1, 5)": averaged,
        "positions, the mixed values: entry (0, 0, 0): expected": absolute,
        "expected 2 results (the mixed values, the weights), got 1": (
            lambda *given: fused(*given)[:1]
        ),
        "nothing was returned": lambda *given: None,
    },
)


def of_the_model(vocab_size, d_model, n_layers, d_ff):
    sizes = (vocab_size, d_model, n_layers)
    model = EncoderDecoder(EncoderDecoderConfig(*sizes, n_heads=2, d_ff=d_ff))
    return sum(parameter.numel() for parameter in model.parameters())


def of_pytorch(vocab_size, d_model, n_layers, d_ff):
    layer = {"d_model": d_model, "nhead": 1, "dim_feedforward": d_ff}
    blocks = [torch.nn.TransformerEncoderLayer(**layer)]
    blocks += [torch.nn.TransformerDecoderLayer(**layer)]
    in_blocks = sum(p.numel() for block in blocks for p in block.parameters())
    return torch.tensor(vocab_size * d_model + n_layers * in_blocks)


test_count_transformer_accepts = accepts(
    check_count_transformer,
    [of_the_model, of_pytorch, lambda *sizes: float(of_the_model(*sizes))],
)
test_count_transformer_refuses = refuses(
    check_count_transformer,
    {
        "not on both together": lambda v, c, n, f: of_the_model(v, c, n // 2, f),
        "one block is counted": lambda v, c, n, f: of_the_model(v, c, 1, f),
        "d_model=12, n_layers=3, d_ff=20, expected 9648, got 36": (
            lambda v, c, n, f: n * c
        ),
        "expected a number, got '9648'": lambda *sizes: str(of_the_model(*sizes)),
        "nothing was returned": lambda *sizes: None,
    },
)


def one_by_one(model, source, target):
    """Without padding on either side there is nothing to hide."""
    losses = []
    for s, t in zip(source, target, strict=True):
        s, t = s[s != 0][None], t[t != 0][None]
        log_probs = model(s, t[:, :-1]).log_softmax(-1)
        losses.append(-log_probs.gather(-1, t[:, 1:, None]).flatten())
    return torch.cat(losses).mean()


def minus_100(model, source, target):
    target[:, 1:][target[:, 1:] == 0] = -100
    read = target[:, :-1].clamp(min=0)
    logits = model(
        source_ids=source, target_ids=read, source_mask=(source > 0)[:, None]
    )
    return F.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten())


def in_double(model, source, target):
    is_real = source.ne(0).unsqueeze(1)
    logits = model(source, target[:, :-1], is_real, target[:, None, :-1] != 0)
    each = F.cross_entropy(logits.double().mT, target[:, 1:], reduction="none")
    real = target[:, 1:] != 0
    return (each * real).sum() / real.sum()


def twice(model, source, target):
    """The logarithm of a softmax is a logit, too."""
    logits = model(source, target[:, :-1], (source != 0)[:, None])
    logits = logits.log_softmax(-1).transpose(1, 2)
    return F.cross_entropy(logits, target[:, 1:], ignore_index=0)[None]


def with_scores(change, mask=lambda source: (source != 0)[:, None]):
    def loss(model, source, target):
        logits = change(model(source, target[:, :-1], mask(source)))
        return F.cross_entropy(logits, target[:, 1:], ignore_index=0)

    return loss


test_translation_loss_accepts = accepts(
    check_translation_loss, [one_by_one, minus_100, in_double, twice]
)
test_translation_loss_refuses = refuses(
    check_translation_loss,
    {
        "reshape mixes words and positions": with_scores(
            lambda logits: logits.reshape(len(logits), logits.shape[2], -1)
        ),
        "the words on the second axis": with_scores(lambda logits: logits),
        "it applies softmax itself": with_scores(lambda logits: logits.softmax(-1).mT),
        "the padding of the source is read": with_scores(
            lambda logits: logits.mT, lambda source: None
        ),
        "ValueError: source_mask should be bool and (2, 1, 3), got": with_scores(
            lambda logits: logits.mT, lambda source: source != 0
        ),
        "it has no gradient to train with": torch.no_grad()(one_by_one),
        "no item(), detach() or no_grad()": lambda *given: one_by_one(*given).item(),
        "with a batch of 2 pairs, expected": lambda *given: 2 * one_by_one(*given),
        "nothing was returned": lambda *given: None,
    },
)


def asked_twice(next_scores, start, end, limit):
    ids = [start]
    while len(ids) <= limit and ids[-1] != end:
        next_scores(ids)
        ids = [*ids, next_scores(ids).argmax()]
    return ids[1:]


def recursive(next_scores, start, end, limit):
    if limit == 0:
        return []
    best = int(next_scores([start]).argmax())
    if best == end:
        return [best]
    rest = recursive(lambda ids: next_scores([start, *ids]), best, end, limit - 1)
    return [best, *rest]


def all_before(next_scores, start, end, limit):
    """Write the sentence but for its last word, and ask for that anew."""
    if limit == 0:
        return []
    before = all_before(next_scores, start, end, limit - 1)
    if before[-1:] == [end]:
        return all_before(next_scores, start, end, limit - 1)
    ids = torch.tensor([start, *before])
    return [*before, int(next_scores(ids).argmax())]


def cut_at_the_end(next_scores, start, end, limit):
    ids = [start]
    for _ in range(limit):
        ids.append(int(next_scores(ids).argmax()))
    n_written = ids.index(end) if end in ids else limit
    return np.array(ids[1 : n_written + 1])


def written(next_scores, start, end, limit, shown=lambda ids: ids):
    ids = [start]
    while ids[-1] != end and len(ids) <= limit:
        ids.append(int(next_scores(shown(ids)).argmax()))
    return ids[1:]


def without_a_limit(next_scores, start, end, limit, shown=lambda ids: ids):
    ids = [start]
    while ids[-1] != end:
        ids.append(int(next_scores(shown(ids)).argmax()))
    return ids[1:]


test_write_accepts = accepts(
    check_write, [asked_twice, recursive, all_before, cut_at_the_end]
)
test_write_refuses = refuses(
    check_write,
    {
        "the first question must be [start_id], got [1]": lambda f, start, end, n: (
            written(f, 1, 2, n)
        ),
        "with start 4 and end 6": lambda f, start, end, n: written(f, start, 2, n),
        "it never stops": lambda f, start, end, n: without_a_limit(f, start, 0, n),
        "more than max_new_tokens": without_a_limit,
        "shown [5] alone: show it all words so far": lambda *given: without_a_limit(
            *given, shown=lambda ids: ids[-1:]
        ),
        "first in every question, got [5, 7]": lambda *given: written(
            *given, shown=lambda ids: ids[-2:]
        ),
        "the end token is part of what is returned": lambda f, start, end, n: [
            i for i in written(f, start, end, n) if i != end
        ],
        "expected 5 numbers, got ['5', '7', '5', '9', '2']": lambda *given: [
            *map(str, written(*given))
        ],
        "nothing was returned": lambda *given: None,
    },
)
