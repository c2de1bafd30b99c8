"""Answers that readers might write to the exercises on tokenization."""

import math
from itertools import pairwise

import numpy as np

from llm_foundations.exercises.text.tokenization import (
    check_chat_ids,
    check_encode,
    check_merges_by_hand,
)
from llm_foundations.exercises.text.tokenization_prefix import check_prefix_probability
from llm_foundations.exercises.text.tokenization_training import check_train
from tests.exercises.answers import accepts, refuses

MONGOOSE = ["m", "ong", "o", "o", "s", "e"]

test_merges_accepts = accepts(
    check_merges_by_hand,
    [
        lambda: (["ng", "am", "ong"], MONGOOSE),
        lambda: ([("n", "g"), ("a", "m"), ("o", "ng")], tuple(MONGOOSE)),
        lambda: (["n+g", "a + m", "o + ng"], "m ong o o s e"),
        lambda: (iter(["ng", "am", "ong"]), np.array(MONGOOSE)),
        lambda: ([b"ng".decode(), "am", "ong"], "m|ong|o|o|s|e"),
    ],
)
test_merges_refuses = refuses(
    check_merges_by_hand,
    {
        "each word as often as it occurs": lambda: (
            ["ng", "am", "ang"],
            MONGOOSE,
        ),
        "m + o is no pair once am": lambda: (["ng", "am", "mo"], MONGOOSE[:2]),
        "the pair with the smaller ids goes": lambda: (["ng", "am", "amo"], MONGOOSE),
        "merge 1 is not right": lambda: (["mo", "am", "ong"], MONGOOSE),
        "don't spell mongoose": lambda: (["ng", "am", "ong"], ["m", "ong"]),
        "return two lists": lambda: MONGOOSE,
        "return two lists, the three merges": lambda: None,
    },
)


def by_rounds(word, ids):
    pieces = [*word]
    for token in sorted(ids, key=ids.get):
        i = 0
        while i < len(pieces) - 1:
            if pieces[i] + pieces[i + 1] == token:
                pieces[i : i + 2] = [token]
            i += 1
    return tuple(pieces)


def by_numpy(word, ids):
    pieces = list(word)
    while len(pieces) > 1:
        ranks = np.array([ids.get(a + b, math.inf) for a, b in pairwise(pieces)])
        if not np.isfinite(ranks.min()):
            break
        i = int(ranks.argmin())
        pieces[i : i + 2] = ["".join(pieces[i : i + 2])]
    return pieces


def leftmost(word, ids):
    pieces, i = list(word), 0
    while i < len(pieces) - 1:
        if pieces[i] + pieces[i + 1] in ids:
            pieces[i : i + 2] = [pieces[i] + pieces[i + 1]]
            i = 0
        else:
            i += 1
    return pieces


def longest_first(word, ids):
    pieces, start = [], 0
    while start < len(word):
        end = len(word)
        while end > start + 1 and word[start:end] not in ids:
            end -= 1
        pieces.append(word[start:end])
        start = end
    return pieces


test_encode_accepts = accepts(check_encode, [by_rounds, by_numpy])
test_encode_refuses = refuses(
    check_encode,
    {
        "the leftmost pair": leftmost,
        "WordPiece's rule": longest_first,
        "return the pieces, not their ids": lambda word, ids: [
            ids.get(piece, ord(piece[0])) for piece in by_numpy(word, ids)
        ],
        "for 'tick' with {'ic': 259, 'ck': 256}, expected": lambda word, ids: [word],
        "nothing was returned": lambda word, ids: None,
    },
)


def by_dictionary(counts, n_merges):
    words = {w: [bytes([b]) for b in w.encode()] for w in counts}
    ids = {bytes([i]): i for i in range(256)}
    for _ in range(n_merges):
        pairs = {}
        for w, pieces in words.items():
            for pair in pairwise(pieces):
                pairs[pair] = pairs.get(pair, 0) + counts[w]
        if len(pairs) == 0:
            return
        best = sorted(pairs, key=lambda p: (-pairs[p], ids[p[0]], ids[p[1]]))[0]
        yield best
        ids[b"".join(best)] = len(ids)
        for pieces in words.values():
            i = 0
            while i + 1 < len(pieces):
                if (pieces[i], pieces[i + 1]) == best:
                    pieces[i : i + 2] = [b"".join(best)]
                i += 1


def as_bytes(counts, n_merges):
    return [b"".join(pair) for pair in by_dictionary(counts, n_merges)]


test_train_accepts = accepts(
    check_train,
    [
        by_dictionary,
        as_bytes,
        lambda counts, n: tuple(as_bytes(counts, n)),
        lambda counts, n: [bytearray(token) for token in as_bytes(counts, n)],
    ],
)
test_train_refuses = refuses(
    check_train,
    {
        "this counts each word once": lambda counts, n: as_bytes(
            dict.fromkeys(counts, 1), n
        ),
        "in the order of training": lambda counts, n: sorted(as_bytes(counts, n)),
        "for no words and 3 merges it raised": lambda counts, n: [
            as_bytes(counts, n),
            max(counts),
        ][0],
        "nothing was returned": lambda counts, n: None,
    },
)


def with_a_template(tokenizer, messages):
    special = tokenizer.special_tokens
    for role, text in messages:
        name = {"user": "<|user|>", "assistant": "<|assistant|>"}[role]
        yield from [special[name], *tokenizer.encode_ordinary(text), special["<|end|>"]]


def with_encode(tokenizer, messages):
    text = "".join(f"<|{role}|>{text}<|end|>" for role, text in messages)
    return tokenizer.encode(text)


test_chat_accepts = accepts(
    check_chat_ids,
    [
        with_a_template,
        lambda t, messages: np.array([*with_a_template(t, messages)], dtype=int),
        lambda t, messages: [
            i
            for role, text in messages
            for part in (f"<|{role}|>", None, "<|end|>")
            for i in (t.encode(part) if part else t.encode_ordinary(text))
        ],
    ],
)
test_chat_refuses = refuses(
    check_chat_ids,
    {
        "anyone could end a message": with_encode,
        "this changes what was written": lambda t, messages: [
            *with_a_template(
                t, [(role, text.replace("<|end|>", "")) for role, text in messages]
            )
        ],
        "nothing was returned": lambda t, messages: None,
    },
)


def by_queue(next_tokens, text):
    total, queue = 0.0, [((), 1.0)]
    while queue:
        tokens, chance = queue.pop()
        for token, p in next_tokens(list(tokens)).items():
            written = "".join(tokens) + token
            if written.startswith(text):
                total += chance * p
            elif text.startswith(written):
                queue.append(((*tokens, token), chance * p))
    return np.float64(total)


def exact_ends(next_tokens, text, tokens=()):
    if text == "":
        return 1
    total = 0
    for token, p in next_tokens(tokens).items():
        if text.startswith(token):
            total += p * exact_ends(next_tokens, text[len(token) :], (*tokens, token))
    return total


def longest_tokens(next_tokens, text):
    tokens, chance = [], 1.0
    while text:
        fitting = [t for t in next_tokens(tokens) if text.startswith(t)]
        if not fitting:
            return 0.0
        best = max(fitting, key=len)
        chance *= next_tokens(tokens)[best]
        tokens.append(best)
        text = text[len(best) :]
    return chance


test_text_accepts = accepts(check_prefix_probability, [by_queue])
test_text_refuses = refuses(
    check_prefix_probability,
    {
        "may be longer than what is left": exact_ends,
        "the longest token first": longest_tokens,
        "it raised TypeError": lambda next_tokens, text: next_tokens(text),
        "nothing was returned": lambda next_tokens, text: None,
    },
)
