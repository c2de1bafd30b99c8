"""Plausible wrong answers to the exercises on the first Transformer."""

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


def filling_scores_zero(x, y, w_q, w_k, w_v, mask):
    weights = ((x @ w_q) @ (y @ w_k).mT / 8**0.5 * mask).softmax(-1)
    return weights @ (y @ w_v), weights


def upside_down(x, y, w_q, w_k, w_v, mask):
    return attend(x @ w_q, y @ w_k, y @ w_v, ~mask)


def mean(model, source, read, to_write, **settings):
    return F.cross_entropy(model(source, read).mT, to_write, **settings)


def mean_of_sentences(model, source, target):
    rows = zip(source, target, strict=True)
    losses = [
        mean(model, s[None], t[None, :-1], t[None, 1:], ignore_index=0) for s, t in rows
    ]
    return sum(losses) / len(losses)


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


def count(embeddings=1, attentions=3, norms=5, attention_bias=1, bias=1, weights=2):
    def count_transformer(v, c, n, f):
        attention = 4 * (c * c + attention_bias * c)
        feed_forward = 2 * c * f + bias * (f + c)
        block_pair = attentions * attention + 2 * feed_forward + norms * weights * c
        return embeddings * v * c + n * block_pair

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
        (lambda x, y, q, k, v, m: attend(y @ q, x @ k, x @ v), "the source asks"),
        (lambda x, y, q, k, v, m: attend(x @ q, y @ k, y @ v), "the filling is read"),
        (upside_down, "upside down"),
        (masked_after_softmax, "after softmax"),
        (filling_scores_zero, "differ from PyTorch's"),
        (
            lambda x, y, q, k, v, m: attend(x @ q, y @ k, y @ v, m, scale=False),
            "divided by the root of 8",
        ),
        (lambda x, y, q, k, v, m: attend(x @ q, y @ k, y, m), "mix the values"),
        (lambda x, y, q, k, v, m: attend(x @ q, y @ k, y @ k, m), "mixed values are"),
        (lambda x, y, q, k, v, m: attend(x @ q, y @ k, y @ v, m)[0], "two tensors"),
    ],
    "check_translation_loss": [
        (lambda m, s, t: mean(m, s, t, t, ignore_index=0), "not shifted"),
        (lambda m, s, t: mean(m, s, t[:, 1:], t[:, :-1], ignore_index=0), "wrong way"),
        (lambda m, s, t: mean(m, s, t[:, :-1], t[:, 1:]), "filling is counted"),
        (
            lambda m, s, t: mean(
                m, s, t[:, :-1], t[:, 1:], ignore_index=0, reduction="sum"
            ),
            "that is the sum",
        ),
        (mean_of_sentences, "every sentence counts the same"),
        (
            lambda m, s, t: mean(m, s, t[:, :-1].roll(1, 1), t[:, 1:], ignore_index=0),
            "the mean loss is",
        ),
        (
            lambda m, s, t: mean(m, s, t[:, :-1], t[:, 1:], reduction="none"),
            "one number",
        ),
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
        (without_limit, "5 tokens were written, 3 were allowed"),
        (lambda f, s, e, n: write(f, s, e, n if n > 5 else 2), "stopped after 2 of 3"),
        (without_start, "first question must be"),
        (second_best, "the best words are"),
    ],
    "check_count_transformer": [
        (count(embeddings=2), "counted twice"),
        (count(embeddings=3), "counted three times"),
        (count(embeddings=0), "the embedding is missing"),
        (count(attentions=2), "two attentions, not one"),
        (count(norms=4), "three norms, not two"),
        (count(attention_bias=0), "attention has biases too"),
        (count(bias=0), "feed-forward layers have biases"),
        (count(bias=0, attention_bias=0), "no bias is counted"),
        (count(weights=1), "a weight and a bias"),
        (lambda v, c, n, f: count()(v, c, n, f) + 4 * c, "two norms too many"),
        (lambda v, c, n, f: n * c, "you count"),
    ],
}
