"""Checkers accept right answers that are written otherwise than on the page."""

import pytest
import torch
from torch.nn import functional as F

from llm_foundations import exercises


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
    return torch.tensor(ids[1 : n_written + 1])


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


def written_out(x, source, w_q, w_k, w_v, source_mask):
    scores = torch.einsum("btc,bsc->bts", x @ w_q, source @ w_k) / x.shape[-1] ** 0.5
    powers = (scores - scores.amax(-1, keepdim=True)).exp() * source_mask
    weights = powers / powers.sum(-1, keepdim=True)
    return [weights @ source @ w_v, weights]


def renormalised(x, source, w_q, w_k, w_v, source_mask):
    q, k, v = (a.double() for a in (x @ w_q, source @ w_k, source @ w_v))
    weights = (q @ k.mT / 8**0.5).softmax(-1) * source_mask
    weights = F.normalize(weights, p=1, dim=-1)
    return weights @ v, weights


def fused(x, source, w_q, w_k, w_v, source_mask):
    q, k, v = x @ w_q, source @ w_k, source @ w_v
    scores = q @ k.mT / 8**0.5 + (source_mask.float() - 1) * 1e9
    mixed = F.scaled_dot_product_attention(q, k, v, source_mask)
    return mixed, scores.softmax(-1)


def from_a_model(vocab_size, d_model, n_layers, d_ff):
    layer = {"d_model": d_model, "nhead": 1, "dim_feedforward": d_ff}
    blocks = [torch.nn.TransformerEncoderLayer(**layer)]
    blocks += [torch.nn.TransformerDecoderLayer(**layer)]
    in_blocks = sum(p.numel() for block in blocks for p in block.parameters())
    return torch.tensor(vocab_size * d_model + n_layers * in_blocks)


RIGHT = {
    "check_write": [asked_twice, recursive, all_before, cut_at_the_end],
    "check_translation_loss": [one_by_one, minus_100, in_double],
    "check_cross_attention": [written_out, renormalised, fused],
    "check_count_transformer": [from_a_model],
}
CASES = [
    pytest.param(name, function, id=f"{name}-{function.__name__}")
    for name, functions in RIGHT.items()
    for function in functions
]


@pytest.mark.parametrize(("name", "function"), CASES)
def test_another_right_answer_is_accepted(name: str, function, capsys) -> None:
    getattr(exercises, name)(function)
    assert f"{name}: right." in capsys.readouterr().out
