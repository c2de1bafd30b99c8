"""Answers that readers might write: splitting sentences, and finding spans."""

import re
import unicodedata

import numpy as np
import pytest

from llm_foundations.exercises.text.normalization_spans import (
    check_find_spans,
    check_sentences,
)
from tests.exercises.answers import accepts, refuses


def by_tokens(text, abbreviations):
    sentences, words = [], []
    tokens = text.split(" ")
    for word, after in zip(tokens, [*tokens[1:], ""], strict=True):
        words.append(word)
        bare = word.replace('"', "")
        ends = word.endswith((".", "!", "?", '."', '!"', '?"')) and not (
            bare in abbreviations or after[:1].islower()
        )
        if ends or not after:
            sentences.append(" ".join(words))
            words = []
    return tuple(sentences)


def by_joining(text, abbreviations):
    sentences = []
    for part in re.split(r'(?:(?<=[.!?])|(?<=[.!?]")) ', text):
        last = sentences[-1].split(" ")[-1].lstrip('"') if sentences else ""
        if sentences and (part[0].islower() or last in abbreviations):
            sentences[-1] += " " + part
        else:
            sentences.append(part)
    yield from sentences


def by_pattern(after, quotes='"'):
    """Split with a pattern for what follows, and join after abbreviations."""

    def sentences(text, abbreviations):
        found = []
        for part in re.split(rf'(?:(?<=[.!?])|(?<=[.!?]")) {after}', text):
            if found and found[-1].split(" ")[-1].strip(quotes) in abbreviations:
                found[-1] += " " + part
            else:
                found.append(part)
        return found

    return sentences


test_sentences_accepts = accepts(check_sentences, [by_tokens, by_joining])
test_sentences_refuses = refuses(
    check_sentences,
    {
        "with text='Dr. Li left. She ran!'": lambda text, abbreviations: re.split(
            r"(?<=[.!?]) ", text
        ),
        "ends no sentence": lambda text, abbreviations: by_tokens(text, set()),
        "piano. ends with no.": lambda text, abbreviations: [
            part.replace("\0", ". ")
            for part in by_tokens(
                re.sub(
                    "|".join(re.escape(a[:-1]) + r"\. " for a in abbreviations),
                    lambda m: m[0][:-2] + "\0",
                    text,
                ),
                set(),
            )
        ],
        "the case of an abbreviation counts": lambda text, abbreviations: by_tokens(
            text, {v for a in abbreviations for v in (a, a.lower(), a.capitalize())}
        ),
        "keep the punctuation": lambda text, abbreviations: [
            s.rstrip('.!?"') for s in by_tokens(text, abbreviations)
        ],
        "a sentence may begin with a digit": by_pattern(r'(?=[A-Z"])'),
        "use islower": by_pattern("(?![a-z])"),
        "a quotation mark may stand in front": by_pattern("(?![a-zç])", quotes=" "),
        "nothing was returned": lambda text, abbreviations: None,
    },
)


def plain(text):
    decomposed = unicodedata.normalize("NFKD", text)
    kept = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
    return kept.casefold()


def by_growing(text, query):
    """Try every start, and let the match grow."""
    spans, start = [], 0
    while start < len(text):
        ends = [
            end
            for end in range(start + 1, len(text) + 1)
            if plain(query) in plain(text[start:end])
        ]
        inside = ends and plain(query) not in plain(text[start + 1 : ends[0]])
        if inside and plain(text[start]):
            end = ends[0]
            while end < len(text) and not plain(text[end]):
                end += 1
            spans.append([start, end])
            start = end
        else:
            start += 1
    return spans


test_spans_accepts = accepts(
    check_find_spans,
    [
        by_growing,
        lambda text, query: np.array(by_growing(text, query)),
        lambda text, query: tuple(map(tuple, by_growing(text, query))),
        lambda text, query: (pair for pair in by_growing(text, query)),
    ],
)
test_spans_refuses = refuses(
    check_find_spans,
    {
        "positions in the cleaned text": lambda text, query: [
            m.span() for m in re.finditer(plain(query), plain(text))
        ],
        "only the matches that look the same": lambda text, query: [
            m.span() for m in re.finditer(query, text, re.IGNORECASE)
        ],
        "more than one match": lambda text, query: by_growing(text, query)[:1],
        "the index behind its last": lambda text, query: [
            (start, end - 1) for start, end in by_growing(text, query)
        ],
        "not its length": lambda text, query: [
            (start, end - start) for start, end in by_growing(text, query)
        ],
        "nothing was returned": lambda text, query: None,
    },
)


@pytest.mark.parametrize("text", ["Fluß", "ﬁ é e\u0301", "①½™"])
def test_a_key_can_be_computed_character_by_character(text: str) -> None:
    assert plain(text) == "".join(map(plain, text))
