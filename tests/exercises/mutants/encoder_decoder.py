"""Plausible wrong answers to the exercises on the first Transformer."""

import torch
from torch.nn import functional as F


def shapes(**wrong):
    def tensor_shapes(b, s, t, c, h, v):
        right = {
            "memory": (b, s, c),
            "self_weights": (b, h, t, t),
            "cross_weights": (b, h, t, s),
            "logits": (b, t, v),
        }
        return right | {name: f(b, s, t, c, h, v) for name, f in wrong.items()}

    return tensor_shapes


def attend(q, k, v, mask=None, scale=True):
    scores = q @ k.mT / (q.shape[-1] ** 0.5 if scale else 1)
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(-1)
    return weights @ v, weights


def masked_after_softmax(x, y, w_q, w_k, w_v, mask):
    weights = attend(x @ w_q, y @ w_k, y @ w_v)[1] * mask
    return weights @ (y @ w_v), weights


def changed(change, dim=-1):
    """Cross-attention with other scores, or with softmax over another axis."""

    def cross_attention(x, y, w_q, w_k, w_v, mask):
        scores = (x @ w_q) @ (y @ w_k).mT / 8**0.5
        weights = change(scores, mask).softmax(dim)
        return weights @ (y @ w_v), weights

    return cross_attention


def upside_down(x, y, w_q, w_k, w_v, mask):
    return attend(x @ w_q, y @ w_k, y @ w_v, ~mask)


def hidden(scores, mask):
    return scores.masked_fill(~mask, float("-inf"))


def unweighted(x, y, w_q, w_k, w_v, mask):
    weights = attend(x @ w_q, y @ w_k, y @ w_v, mask)[1]
    return weights.mean(1, keepdim=True) @ (y @ w_v), weights


def mean(model, source, read, to_write, mask=True, **settings):
    masks = [(source != 0)[:, None]] if mask else []
    return F.cross_entropy(model(source, read, *masks).mT, to_write, **settings)


def shifted(model, source, target, **settings):
    return mean(model, source, target[:, :-1], target[:, 1:], **settings)


def mean_of_sentences(model, source, target):
    rows = zip(source, target, strict=True)
    losses = [shifted(model, s[None], t[None], ignore_index=0) for s, t in rows]
    return sum(losses) / len(losses)


def over_all_places(model, source, target):
    return shifted(model, source, target, ignore_index=0, reduction="none").mean()


def without_end(model, source, target):
    to_write = target[:, 1:].where(target[:, 1:] != 2, 0)
    return mean(model, source, target[:, :-1], to_write, ignore_index=0)


def mask_upside_down(model, source, target):
    logits = model(source, target[:, :-1], source_mask=(source == 0)[:, None])
    return F.cross_entropy(logits.mT, target[:, 1:], ignore_index=0)


def flat_mask(model, source, target):
    logits = model(source, target[:, :-1], source_mask=source != 0)
    return F.cross_entropy(logits.mT, target[:, 1:], ignore_index=0)


def words_last(model, source, target):
    logits = model(source, target[:, :-1], (source != 0)[:, None])
    return F.cross_entropy(logits, target[:, 1:], ignore_index=0)


@torch.no_grad()
def without_gradient(model, source, target):
    return shifted(model, source, target, ignore_index=0)


def write(scores_of, start, end, limit, stop=True, shown=lambda ids: ids):
    ids = [start]
    for _ in range(limit):
        ids.append(int(scores_of(shown(ids)).argmax()))
        if stop and ids[-1] == end:
            break
    return ids[1:]


def endless(scores_of, start, end, limit):
    ids = [start]
    while ids[-1] != 3:
        ids.append(int(scores_of(ids).argmax()))
    return ids


def endless_last_word(scores_of, start, end, limit):
    ids = [start]
    while ids[-1] != end:
        ids.append(int(scores_of(ids[-1:]).argmax()))
    return ids[1:]


def start_dropped(scores_of, start, end, limit):
    return write(scores_of, start, end, limit, shown=lambda ids: ids[len(ids) > 2 :])


def without_limit(scores_of, start, end, limit):
    return write(scores_of, start, end, 99)


def without_start(scores_of, start, end, limit):
    ids = []
    for _ in range(limit):
        ids.append(int(scores_of(ids or [0]).argmax()))
    return ids


def second_best(scores_of, start, end, limit):
    ids = [start]
    for _ in range(limit):
        ids.append(int(scores_of(ids).topk(2).indices[1]))
    return ids[1:]


def count(*parts, embeddings=1, attention_bias=1, bias=1, weights=2, n_layers=None):
    """Count with so many attentions, feed-forward layers and norms in a pair."""
    attentions, feed_forwards, norms = parts or (3, 2, 5)

    def count_transformer(v, c, n, f):
        attention = 4 * (c * c + attention_bias * c)
        feed_forward = 2 * c * f + bias * (f + c)
        norm = weights * c
        pair = attentions * attention + feed_forwards * feed_forward + norms * norm
        return embeddings * v * c + (n_layers or n) * pair

    return count_transformer


MUTANTS = {
    "check_tensor_shapes": [
        (shapes(memory=lambda b, s, t, c, h, v: (b, t, c)), "never sees the target"),
        (shapes(self_weights=lambda b, s, t, c, h, v: (b, h, s, s)), "its own T"),
        (shapes(self_weights=lambda b, s, t, c, h, v: (b, t, t)), "every head"),
        (shapes(cross_weights=lambda b, s, t, c, h, v: (b, h, s, t)), "that asks"),
        (shapes(cross_weights=lambda b, s, t, c, h, v: (b, h, t, t)), "the source: T"),
        (shapes(logits=lambda b, s, t, c, h, v: (b, t, c)), "scores of all words"),
        (shapes(logits=lambda b, s, t, c, h, v: (b, s, v)), "places of the target"),
        (shapes(logits=lambda b, s, t, c, h, v: (t, v)), r"should be \(2, 8, 50\)"),
        (lambda *sizes: [sizes], "the names are"),
    ],
    "check_cross_attention": [
        (lambda x, y, q, k, v, m: attend(x @ q, x @ k, x @ v), "x reads itself"),
        (
            lambda x, y, q, k, v, m: attend(y @ q, y @ k, y @ v, m),
            "source reads itself",
        ),
        (lambda x, y, q, k, v, m: attend(y @ q, x @ k, x @ v), "the source asks"),
        (
            lambda x, y, q, k, v, m: attend(x @ q, y @ k, y @ v),
            "the padding is read: set",
        ),
        (upside_down, "upside down"),
        (masked_after_softmax, "after softmax"),
        (changed(lambda scores, mask: scores * mask), "a score of 0 is still read"),
        (
            changed(lambda scores, mask: scores.masked_fill(~mask, 0)),
            "of 0 is still read",
        ),
        (changed(lambda scores, mask: scores + mask), "the mask was added"),
        (changed(hidden, dim=-2), "softmax over the last axis, dim=-1"),
        (
            changed(lambda scores, mask: scores.masked_fill(~mask, -1e9), dim=1),
            "must add up to 1",
        ),
        (changed(lambda scores, mask: hidden(scores.abs(), mask)), "differ from Py"),
        (
            lambda x, y, q, k, v, m: attend(x @ q, y @ k, y @ v, m, scale=False),
            "not divided by the root of 8",
        ),
        (
            lambda x, y, q, k, v, m: attend(x @ q / 8**0.5, y @ k, y @ v, m),
            "divided by 8, not by its root",
        ),
        (
            lambda x, y, q, k, v, m: attend(x @ q.mT, y @ k.mT, y @ v.mT, m),
            "the matrices were transposed",
        ),
        (lambda x, y, q, k, v, m: attend(x @ q, y @ k, y, m), "mix the values, s"),
        (lambda x, y, q, k, v, m: attend(x @ q, y @ k, x @ v, m), "not from x"),
        (lambda x, y, q, k, v, m: attend(x @ q, y @ k, y @ k, m), "keys were mixed"),
        (unweighted, r"get 8 numbers: \(2, 5, 8\), got \(2, 1, 8\)"),
        (lambda x, y, q, k, v, m: attend(x @ q, y @ k, -y @ v, m), "mixed values are"),
        (lambda x, y, q, k, v, m: attend(x @ q, y @ k, y @ v, m)[0], "two tensors"),
        (
            lambda x, y, q, k, v, m: attend(x @ q, y @ k, y @ v, m)[::-1],
            "wrong order",
        ),
        (lambda x, y, q, k, v, m: None, "nothing was returned"),
    ],
    "check_translation_loss": [
        (lambda m, s, t: mean(m, s, t, t, ignore_index=0), "not shifted"),
        (lambda m, s, t: mean(m, s, t, t, False), "the decoder reads the word that"),
        (lambda m, s, t: mean(m, s, t[:, 1:], t[:, :-1], ignore_index=0), "wrong way"),
        (shifted, "the padding is counted: leave"),
        (
            lambda m, s, t: shifted(m, s, t, ignore_index=0, reduction="sum"),
            "that is the sum",
        ),
        (over_all_places, "counted in the divisor"),
        (without_end, "the end token is left out"),
        (
            lambda m, s, t: mean(m, s, t[:, :-2], t[:, 1:-1], ignore_index=0),
            "it has to be written too",
        ),
        (mean_of_sentences, "every sentence counts the same"),
        (
            lambda m, s, t: shifted(m, s, t, mask=False, ignore_index=0),
            "the padding of the source is read",
        ),
        (mask_upside_down, "source_mask is upside down"),
        (flat_mask, r"ValueError: source_mask should be bool and \(2, 1, 3\), got"),
        (
            lambda m, s, t: mean(m, s, t[:, :-1].roll(1, 1), t[:, 1:], ignore_index=0),
            "the mean loss is",
        ),
        (lambda m, s, t: shifted(m, s, t, reduction="none"), "one number"),
        (words_last, r"on the second axis: logits.mT"),
        (without_gradient, "no gradient to train with"),
        (
            lambda m, s, t: shifted(m, s, t, ignore_index=0).item(),
            r"no item\(\), detach\(\) or no_grad\(\)",
        ),
        (lambda m, s, t: None, "nothing was returned"),
    ],
    "check_write": [
        (lambda f, s, e, n: write(f, s, e, n, stop=False), "goes on after the end"),
        (lambda f, s, e, n: [s, *write(f, s, e, n)], "given, not written"),
        (lambda f, s, e, n: write(f, s, e, n)[:-1], "the end token is missing"),
        (
            lambda f, s, e, n: write(f, s, e, n, shown=lambda ids: ids[-1:]),
            "the last word alone",
        ),
        (endless, "it never stops"),
        (endless_last_word, "the last word alone: show it all"),
        (start_dropped, r"stands first in every question, got \[5, 7\]"),
        (lambda f, s, e, n: [str(i) for i in write(f, s, e, n)], "a list of ids"),
        (lambda f, s, e, n: None, "nothing was returned"),
        (lambda f, s, e, n: [5, 7, 5, 9, 2], "was never asked"),
        (without_limit, "5 tokens were written, 3 were allowed"),
        (lambda f, s, e, n: write(f, s, e, n if n > 5 else 2), "stopped after 2 of 3"),
        (without_start, "first question must be"),
        (second_best, "the best words are"),
    ],
    "check_count_transformer": [
        (count(embeddings=2), "counted twice"),
        (count(embeddings=3), "counted three times"),
        (count(embeddings=0), "the embedding is missing"),
        (count(2, 2, 5), "^the decoder has two attentions, not one"),
        (count(3, 2, 4), "three norms, not two"),
        (count(2, 2, 4), "both sides have the same block"),
        (count(1, 1, 2), "the decoder is missing"),
        (count(2, 1, 3), "the encoder is missing"),
        (count(n_layers=1), "n_layers is left out"),
        (count(0, 2, 5), "attention is missing"),
        (count(3, 0, 5), "the feed-forward layers are missing"),
        (count(3, 2, 0), "the norms are missing"),
        (count(attention_bias=0), "attention has biases too"),
        (count(bias=0), "feed-forward layers have biases"),
        (count(bias=0, attention_bias=0), "no bias is counted"),
        (count(weights=1), "a weight and a bias"),
        (lambda v, c, n, f: count()(v, c, n, f) + 4 * c, "two norms too many"),
        (
            lambda v, c, n, f: n * c,
            "d_model=12, n_layers=2, d_ff=20 it has 6632 parameters, you count 24",
        ),
        (lambda v, c, n, f: None, "nothing was returned"),
    ],
}
