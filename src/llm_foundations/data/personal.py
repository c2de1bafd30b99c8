"""E-mail addresses, telephone numbers and IP addresses: found, and masked.

The patterns follow the outer form alone. They miss what is written for people
("ann at example dot org") and take a version number with four parts for an
address; how often is measured on the labelled corpus.
"""

import ipaddress
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["email", "phone", "ip"]
"""What a piece of personal data is."""

EMAIL = re.compile(
    r"(?<![\w.+'@/-])[\w+](?:[\w.+'-]*\w)?"  # no dot at either end
    # To the end of the name: early releases of Python 3.11 misread a possessive "++".
    r"@[\w-]+(?:\.[\w-]+)+(?!\.?[\w-])(?<=[^\W\d_]{2})"
    r"(?!:\S)"  # git@host:path is a login, the same for everybody
)
"""An e-mail address."""
IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?[\w])")
"""What may be an IPv4 address; its parts are checked afterwards."""
IPV6 = re.compile(r"(?<![\w:])[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f]*(?![\w:])")
"""What may be an IPv6 address; it is parsed afterwards."""
PHONE = re.compile(
    r"(?<![\w.,+-])(?:"
    r"\+[1-9]\d{0,2}(?:[ .-]?\(?\d+\)?){2,6}"  # +44 1632 960144
    r"|\(0?\d{2,4}\)[ .-]?\d{3,4}(?:[ .-]?\d{3,4})+"  # (01632) 960 144
    r"|0[1-9]\d{0,4}(?:[ .-]?\d{2,8}){1,4}"  # 01632 960144
    r"|(?:\d{3}[ .-])?\d{3}[.-]\d{4}"  # 212-555-0147, 555-0147
    r")(?![\w-]|[.,]\d)"
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
            *("::/127", "fc00::/7", "fe80::/10", "ff00::/8"),
        ),
    )
)
"""Networks whose addresses lead to no one: private, local, to many at once."""


class Piece(NamedTuple):
    """A piece of personal data, and where it stands."""

    kind: Kind
    """What it is."""
    start: int
    """The position of its first character."""
    end: int
    """The position after its last character."""


def find_personal(text: str) -> list[Piece]:
    """Find personal data by its form.

    Returns:
        The pieces in the order of the text; no two overlap.

    Examples:
        >>> find_personal("Write to ann@example.org or ring 01632 960144.")
        [Piece(kind='email', start=9, end=24), Piece(kind='phone', start=33, end=45)]
    """
    found: list[Piece] = []
    for piece in sorted(_candidates(text), key=lambda piece: piece.start):
        if not found or piece.start >= found[-1].end:
            found.append(piece)
    return found


def mask_personal(text: str) -> str:
    """Replace each piece of personal data by its kind in angle brackets.

    The rest of the text is left as it is, so that sentences stay whole.

    Examples:
        >>> mask_personal("Ask tom@example.org (07700 900461), not 10.0.0.1.")
        'Ask <email> (<phone>), not 10.0.0.1.'
    """
    for piece in reversed(find_personal(text)):
        text = f"{text[: piece.start]}<{piece.kind}>{text[piece.end :]}"
    return text


def _candidates(text: str) -> Iterator[Piece]:
    for match in EMAIL.finditer(text):
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
    return not any(parsed in network for network in NOBODY)


def _could_ring(number: str) -> bool:
    n_digits = sum(map(str.isdigit, number))
    is_local = re.fullmatch(r"\d{3}[.-]\d{4}", number) is not None
    return (LOCAL if is_local else SHORTEST) <= n_digits <= LONGEST
