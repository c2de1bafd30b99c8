from itertools import pairwise

import pytest

from llm_foundations.data.corpora import dirty_corpus
from llm_foundations.data.personal import find_personal, mask_personal
from tests.data.measures import score


@pytest.mark.parametrize(
    ("kind", "precision", "recall", "a_miss", "a_mistake"),
    [
        ("email", 1.0, 14 / 16, "martin dot hale at example dot org", None),
        ("phone", 22 / 24, 22 / 23, None, "0123456789"),
        ("ip", 10 / 19, 1.0, None, "2.13.0.1"),  # a version, in the form of an address
    ],
)
def test_precision_and_recall_on_the_labelled_corpus(
    kind: str, precision: float, recall: float, a_miss: str, a_mistake: str
) -> None:
    corpus = dirty_corpus()
    true = {(d.id, text) for d in corpus for k, text in d.personal if k == kind}
    found = {
        (d.id, d.text[piece.start : piece.end])
        for d in corpus
        for piece in find_personal(d.text)
        if piece.kind == kind
    }
    result = score(true, found)
    assert result.precision >= precision
    assert result.recall >= recall
    assert a_miss is None or a_miss in {text for _, text in result.missed}
    assert a_mistake is None or a_mistake in {text for _, text in result.wrong}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("a@example.org.", "<email>."),
        ("<a.b+c@sub.example.org>", "<<email>>"),
        ("git@example.org:path", "git@example.org:path"),
        ("@user, a@b, a@@b.org", "@user, a@b, a@@b.org"),
        ("ring +44 1632 960144, now", "ring <phone>, now"),
        ("12-555-01234", "12-555-01234"),
        ("[2001:db8::1]:80 and 192.0.2.1:80", "[<ip>]:80 and <ip>:80"),
        ("10.1.2.3 127.0.0.1 ::1 fe80::1", "10.1.2.3 127.0.0.1 ::1 fe80::1"),
        ("1.2.3.4.5 and 1.2.3.256", "1.2.3.4.5 and 1.2.3.256"),
        ("at 12:30:15", "at 12:30:15"),
        ("", ""),
    ],
)
def test_by_form(text: str, masked: str) -> None:
    assert mask_personal(text) == masked


def test_pieces_are_in_order_and_apart() -> None:
    text = " ".join(d.text for d in dirty_corpus())
    pieces = find_personal(text)
    assert len(pieces) > 40
    for one, other in pairwise(pieces):
        assert one.start < one.end <= other.start
    assert find_personal(mask_personal(text)) == []
