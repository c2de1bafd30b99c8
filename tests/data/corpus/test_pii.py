from itertools import pairwise

import pytest

from llm_foundations.data.corpus.corpora import dirty_corpus
from llm_foundations.data.corpus.pii import find_pii, mask_pii
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
        for piece in find_pii(d.text)
        if piece.kind == kind
    }
    result = score(true, found)
    assert result.precision >= precision
    assert result.recall >= recall
    assert a_miss is None or a_miss in {text for _, text in result.missed}
    assert a_mistake is None or a_mistake in {text for _, text in result.wrong}


LEFT_ALONE = [
    *("foo@2x.png", "icon@1.5x.SVG", "<img src='a@3x.jpeg'>", "react@18.2.0.tgz"),
    *("https://ann:secret@example.org/", "ssh://git@example.org/path"),
    *("x = q@k.transpose(1)", "@app.route", "name@host"),
    *("a::b", "std::dec::add", "dead::beef", "10:20:30:40:50:60:70:80", "12:30:45"),
    *("00:1A:2B:3C:4D:5E", "::", "::1", "fd00::1"),
    *("version 1.2.3.4", "v1.2.3.4", "Section 1.2.3.4", "1.2.3", "1.2.3.4.5"),
    *("on 01.02.2024 12:30", "06-11-2024 1030", "2024-01-15", "from 1990-2000"),
    *("ISBN 0306406152", "ISBN-10: 0-306-40615-2", "ISBN 978-0-306-40615-7"),
    *("500-1000 words", "100-2000 of them", "$250-1234", "pp. 212-2250"),
    *("weighs 212.5550 g", "costs 1 250 000", "Smith (2014) 123 4567-4580"),
    *(
        "512 256 1024 2048",
        "1 212 555 0147 3",
        "call 2125550147",
        "4111 1111 1111 1111",
    ),
]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_only_looks_personal(text: str) -> None:
    assert mask_pii(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("ann+news@example.org, a-@example.org", "<email>, <email>"),
        ("'ann@example.org' or bob@x.org/tom@x.org", "'<email>' or <email>/<email>"),
        ("ann@example.org... o'hara@x.ie", "<email>... <email>"),
        (
            "a@उदाहरण.भारत a@xn--x.xn--fiqs8s jürgen@münchen.de",
            "<email> <email> <email>",
        ),
        ("1-212-555-0147 or 212 555 0147.", "<phone> or <phone>."),
        ("1 212 555 0147 / 1.212.555.0147", "<phone> / <phone>"),
        ("1 (212) 555-0147, (212)555-0147", "<phone>, <phone>"),
        ("212\u2011555\u20110147, 212\u2013555\u20130147", "<phone>, <phone>"),
        ("212\u00a0555\u00a00147", "<phone>"),
        ("555-0147x12 and 555-0100", "<phone>x12 and <phone>"),
        ("+33 (0)1 99 00 12 34 / +33199001234", "<phone> / <phone>"),
        ("0033 1 99 00 12 34", "<phone>"),
        ("tel:+12125550147", "tel:<phone>"),
        ("2001:db8::1: refused", "<ip>: refused"),
        ("2001:db8::192.0.2.1 ::ffff:192.0.2.1", "<ip> ::ffff:<ip>"),
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
    assert mask_pii(text) == masked


def test_pieces_are_in_order_and_apart() -> None:
    text = " ".join(d.text for d in dirty_corpus())
    pieces = find_pii(text)
    assert len(pieces) > 40
    for one, other in pairwise(pieces):
        assert one.start < one.end <= other.start
    assert find_pii(mask_pii(text)) == []
