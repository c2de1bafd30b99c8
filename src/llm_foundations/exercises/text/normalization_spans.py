"""Exercises of the lesson on cleaning text: split sentences, and find spans."""

import re
from collections.abc import Callable, Collection

from llm_foundations.exercises.exercise import Exercise, case
from llm_foundations.tokenizers.normalization import (
    fold_case,
    strip_accents,
    unicode_form,
)

_END = re.compile(r'[.!?]"? ')


def _cut(text: str, is_end: Callable[[str, str], bool]) -> list[str]:
    """Split after each end mark for which the word and the next letter say so."""
    found, start = [], 0
    for mark in _END.finditer(text):
        word = text[start : mark.end()].split()[-1]
        if is_end(word, text[mark.end() : mark.end() + 1]):
            found.append(text[start : mark.end() - 1])
            start = mark.end()
    return [*found, text[start:]]


def _split(text: str, abbreviations: Collection[str]) -> list[str]:
    return _cut(
        text,
        lambda word, after: (
            not after.islower() and word.strip('"') not in abbreviations
        ),
    )


def _small_abbreviations(text: str, abbreviations: Collection[str]) -> list[str]:
    known = {word.lower() for word in abbreviations}
    return _cut(
        text,
        lambda word, after: (
            not after.islower() and word.strip('"').lower() not in known
        ),
    )


def _without_closing_quotes(text: str, abbreviations: Collection[str]) -> list[str]:
    parts = _split(text.replace('" ', '"\0'), abbreviations)
    return [part.replace("\0", " ") for part in parts]


check_sentences = Exercise(
    "check_sentences",
    right=_split,
    cases=[
        case("Dr. Li left. She ran!", {"Dr."}),
        case("It was late. 3 men came.", {"Mr."}),
        case("Well... \u00e7a va? Yes.", {"Mr."}),
        case('"Dr. Li ran."', {"Dr."}),
        case("Tea? It cost 3.5 dollars. J. Li paid.", {"J."}),
        case('"Go!" he said. "Why?" "Now." He went.', {"St."}),
        case("Wait... what? No. 3 won. No. 4 lost.", {"No.", "vs."}),
        case("He played the piano. Then he left. See no. 3 there.", {"no."}),
        case("No. I won't. See no. 5.", {"no."}),
        case('"Dr. Li?" she asked. "Prof. Fox vs. Dr. Li. Who won?"', {"Dr.", "Prof."}),
        case("Nothing ends here", {"Dr."}),
    ],
    mistakes={
        "a period after an abbreviation ends no sentence": lambda text, abbreviations: (
            _split(text, ())
        ),
        "a lowercase letter begins no sentence": lambda text, abbreviations: _cut(
            text, lambda word, after: word.strip('"') not in abbreviations
        ),
        "a sentence may begin with a digit: split before everything that isn't a "
        "lowercase letter": lambda text, abbreviations: _cut(
            text,
            lambda word, after: (
                (after.isupper() or after == '"')
                and word.strip('"') not in abbreviations
            ),
        ),
        "there are more lowercase letters than a to z: use islower": (
            lambda text, abbreviations: _cut(
                text,
                lambda word, after: (
                    not re.match("[a-z]", after)
                    and word.strip('"') not in abbreviations
                ),
            )
        ),
        "compare the whole word: piano. ends with no., but isn't an abbreviation": (
            lambda text, abbreviations: _cut(
                text,
                lambda word, after: (
                    not after.islower()
                    and not word.strip('"').endswith(tuple(abbreviations))
                ),
            )
        ),
        "the case of an abbreviation counts: No. isn't no.": _small_abbreviations,
        "with text='\"Dr. Li ran.\"', expected ['\"Dr. Li ran.\"'], got ['\"Dr.', "
        "'Li ran.\"']: a quotation mark may stand in front of an abbreviation": (
            lambda text, abbreviations: _cut(
                text,
                lambda word, after: not after.islower() and word not in abbreviations,
            )
        ),
        "a sentence may end with a quotation mark": _without_closing_quotes,
        "keep the punctuation: it belongs to its sentence": (
            lambda text, abbreviations: [
                sentence.rstrip('.!?"') for sentence in _split(text, abbreviations)
            ],
            lambda text, abbreviations: [
                sentence.rstrip(".!?") for sentence in _split(text, abbreviations)
            ],
        ),
        "leave out the space between two sentences": lambda text, abbreviations: (
            [f"{sentence} " for sentence in _split(text, abbreviations)[:-1]]
            + _split(text, abbreviations)[-1:]
        ),
    },
    verdict="Right for these texts. No rule is right for all of them.",
)
"""Split text into sentences, knowing some abbreviations."""


def _key(text: str) -> str:
    return fold_case(strip_accents(unicode_form(text, "NFKD")))


def _spans(
    text: str, query: str, *, marks: bool = True, again: bool = True
) -> list[tuple[int, int]]:
    source = [i for i, character in enumerate(text) for _ in _key(character)]
    cleaned, query, spans, at = _key(text), _key(query), [], 0
    while (at := cleaned.find(query, at)) >= 0:
        end = source[at + len(query) - 1] + 1
        while marks and end < len(text) and not _key(text[end]):
            end += 1
        spans.append((source[at], end))
        while at < len(source) and source[at] < end:
            at += 1
        if not again:
            break
    return spans


def _found(text: str, query: str) -> list[tuple[int, int]]:
    return [found.span() for found in re.finditer(re.escape(query), text)]


def _every(text: str, query: str) -> list[tuple[int, int]]:
    source = [i for i, character in enumerate(text) for _ in _key(character)]
    query, spans = _key(query), []
    for start, end in _found(_key(text), query):
        end = source[end - 1] + 1
        while end < len(text) and not _key(text[end]):
            end += 1
        spans.append((source[start], end))
    return spans


def _each_start(text: str, query: str) -> list[tuple[int, int]]:
    cleaned, query = _key(text), _key(query)
    starts = [i for i in range(len(cleaned)) if cleaned.startswith(query, i)]
    source = [i for i, character in enumerate(text) for _ in _key(character)]
    return sorted({(source[i], source[i + len(query) - 1] + 1) for i in starts})


check_find_spans = Exercise(
    "check_find_spans",
    right=_spans,
    cases=[
        case("Fluß und Fluss", "fluss"),
        case("ﬁne ﬁsh", "FI"),
        case("cafe\u0301 CAFÉ cafe", "Café"),
        case("Straße", "s"),
        case("ﬁ, i", "i"),
        case("aaaaa", "aa"),
        case("10² = 100", "102"),
        case("o\u0302\u0323 oh", "o"),
        case("a pure copy", "x"),
        case("①②①", "12"),
    ],
    mistakes={
        "these are positions in the cleaned text, which may be longer or shorter": (
            lambda text, query: _found(_key(text), _key(query))
        ),
        "clean both strings: these are only the matches that look the same": (
            _found,
            lambda text, query: _found(text.lower(), query.lower()),
            lambda text, query: _found(text.casefold(), query.casefold()),
        ),
        "clean the query, too": lambda text, query: [
            span for span in _spans(text, query) if _key(query) == query
        ],
        "a combining mark belongs to its letter: e and an accent are one é, so "
        "highlight both": lambda text, query: _spans(text, query, marks=False),
        "there may be more than one match": lambda text, query: _spans(
            text, query, again=False
        ),
        "two matches lie in one character: return its span once": _every,
        "matches don't overlap: continue after the last one": _each_start,
        "a span ends at the index behind its last character": lambda text, query: [
            (start, end - 1) for start, end in _spans(text, query)
        ],
        "return the start and the end of a span, not its length": lambda text, query: [
            (start, end - start) for start, end in _spans(text, query)
        ],
    },
    verdict="Search in cleaned text, answer in the original.",
)
"""Where a query occurs in a text, whatever the case, the accents and the form."""
