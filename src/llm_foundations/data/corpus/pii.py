"""E-mail addresses, telephone numbers and IP addresses: found, and masked.

The patterns follow the outer form alone. They miss what is written for people
("ann at example dot org") and take a version number with four parts for an
address; how often is measured on the labelled corpus.

Ten digits without any separator, as in 2125550147, stay by choice unless they begin
with 0 or follow a plus sign: most such numbers count or name something else.
"""

import ipaddress
from collections.abc import Iterator
from typing import Literal, NamedTuple

import regex

Kind = Literal["email", "phone", "ip"]
"""What a piece of personal data is."""

EMAIL = regex.compile(
    r"(?<![\w.+@-])(?<!://[^\s/@]{0,64})"  # a login in a URL is no address
    r"[\w+](?:[\w.+'%&-]{0,62}[\w+-])?"  # no dot at either end
    r"@[\w-]+(?:\.[\w-]+)+(?!\.?[\w-])"
    r"(?:(?<=[\p{L}\p{M}]{2})|(?<=\.xn--[\w-]+))"
    r"(?!:\S|\()"  # git@host:path is a login, the same for everybody; a@b.mul() is code
)
"""An e-mail address. Letters may be of any script."""
FILES = {
    *("avif", "bmp", "css", "csv", "gif", "htm", "html", "ico", "jpeg", "jpg", "js"),
    *("json", "jsx", "log", "mp3", "mp4", "pdf", "png", "svg", "tgz", "tiff", "toml"),
    *("ts", "tsx", "txt", "wav", "webp", "xml", "yaml", "yml"),
    *("dll", "docx", "exe", "gz", "pptx", "tar", "whl", "xlsx"),
}
"""Endings of files, as in icon@2x.png, that are no top-level domains."""
_NO_VERSION = r"(?<!\b(?i:version|release|build|section|paragraph|chapter) )"
IPV4 = regex.compile(rf"(?<![\w.]){_NO_VERSION}\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?!\.?\w)")
"""What may be an IPv4 address; its parts are checked afterwards."""
IPV6 = regex.compile(
    r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,}"
    r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{1,4}|(?<=::))(?=:?(?![\w:]))"
)
"""What may be an IPv6 address; it is parsed afterwards."""
_SPACE = r"[ \u00a0\u202f]"
_SEP = r"[ .\u00a0\u202f\u2010\u2011\u2013-]"
_DATE = r"\d{1,2}[ ./-]\d{1,2}[ ./-](?:19|20)\d\d\b"
PHONE = regex.compile(
    r"(?=[+(\d])(?<![\w.,+-]|[$€£¥] ?)(?<!\b(?:ISBN(?:-1[03])?:?|pp?\.) ?)"
    rf"(?!{_DATE})(?:"
    rf"\+[1-9]\d{{0,2}}(?:{_SEP}?\(?\d+\)?){{2,6}}"  # +44 1632 960144
    rf"|00[1-9]\d{{0,2}}(?:{_SEP}\(?\d+\)?){{2,6}}"  # 0044 1632 960144
    rf"|(?:1{_SEP})?\((?!(?:19|20)\d\d\))0?\d{{2,4}}\)"  # (01632) 960 144
    rf"{_SEP}?\d{{3,4}}(?:{_SEP}?\d{{3,4}})+"
    rf"|0[1-9]\d{{0,4}}(?:{_SEP}?\d{{2,8}}){{1,4}}"  # 01632 960144
    rf"|(?:1{_SEP})?\d{{3}}{_SEP}\d{{3}}[.\u2010\u2011\u2013-]\d{{4}}"  # 212-555-0147
    rf"|(?<!\d{_SPACE})(?:1{_SPACE})?[2-9]\d\d{_SPACE}[2-9]\d\d{_SPACE}\d{{4}}"
    rf"(?!{_SPACE}\d)"  # 212 555 0147, unless other numbers stand beside it
    r"|[2-9]\d\d[\u2010\u2011-](?![1-9]\d00)\d{4}"  # 555-0147, not 500-1000
    r")(?!(?!x\d)\w|-|[.,]\d)"  # an extension may follow, as in 555-0147x12
)
"""A telephone number as it is written internationally or with separators."""
# The shortest international and national numbers, and the longest that E.164 allows.
SHORTEST, LOCAL, LONGEST = 9, 7, 15
NOBODY = tuple(
    map(
        ipaddress.ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"),
        ),
    )
)
"""IPv4 networks whose addresses lead to no one: private, local, to many at once."""
GLOBAL = ipaddress.ip_network("2000::/3")
"""The IPv6 addresses that can lead to somebody. `a::b` of C++ is none of them."""


class Piece(NamedTuple):
    """A piece of personal data, and where it stands."""

    kind: Kind
    """What it is."""
    start: int
    """The position of its first character."""
    end: int
    """The position after its last character."""


def find_pii(text: str) -> list[Piece]:
    """Find personal data (PII) by its form.

    Returns:
        The pieces in the order of the text; no two overlap.

    Examples:
        >>> find_pii("Write to ann@example.org or ring 01632 960144.")
        [Piece(kind='email', start=9, end=24), Piece(kind='phone', start=33, end=45)]
    """
    found: list[Piece] = []
    for piece in sorted(_candidates(text), key=lambda piece: piece.start):
        if not found or piece.start >= found[-1].end:
            found.append(piece)
    return found


def mask_pii(text: str) -> str:
    """Replace each piece of personal data by its kind in angle brackets.

    The rest of the text is left as it is, so that sentences stay whole.

    Examples:
        >>> mask_pii("Ask tom@example.org (07700 900461), not 10.0.0.1.")
        'Ask <email> (<phone>), not 10.0.0.1.'
    """
    for piece in reversed(find_pii(text)):
        text = f"{text[: piece.start]}<{piece.kind}>{text[piece.end :]}"
    return text


def _candidates(text: str) -> Iterator[Piece]:
    for match in EMAIL.finditer(text):
        if match[0].rpartition(".")[2].lower() not in FILES:
            yield Piece("email", *match.span())
    for pattern in (IPV4, IPV6):
        for match in pattern.finditer(text):
            if _leads_to_somebody(match[0]):
                yield Piece("ip", *match.span())
    for match in PHONE.finditer(text):
        if _could_ring(match[0]):
            yield Piece("phone", *match.span())


def _leads_to_somebody(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if parsed.version == 6:
        return parsed in GLOBAL
    return not any(parsed in network for network in NOBODY)


def _could_ring(number: str) -> bool:
    n_digits = sum(map(str.isdigit, number))
    is_local = regex.fullmatch(r"\d{3}\D\d{4}", number) is not None
    return (LOCAL if is_local else SHORTEST) <= n_digits <= LONGEST
