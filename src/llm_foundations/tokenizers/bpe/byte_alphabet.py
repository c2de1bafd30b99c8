"""GPT-2's way to write any bytes as visible characters, for files of text.

A byte that is a visible Latin-1 character stands for itself; each of the others gets
the next free character from U+0100 on, so that a space is "Ġ" and a line feed "Ċ".

Reference:
    Radford et al. (2019), `bytes_to_unicode` in
    <https://github.com/openai/gpt-2/blob/master/src/encoder.py>
"""

VISIBLE = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
"""Bytes that stand for themselves."""
HIDDEN = [byte for byte in range(256) if byte not in VISIBLE]
"""Bytes without a visible character of their own."""
CHARACTERS = {byte: chr(byte) for byte in VISIBLE} | {
    byte: chr(0x100 + i) for i, byte in enumerate(HIDDEN)
}
"""The character that each byte is written as."""
BYTES = {character: byte for byte, character in CHARACTERS.items()}
"""The byte that each character stands for."""


def write_bytes(token: bytes) -> str:
    r"""Write bytes as visible characters.

    Examples:
        >>> write_bytes(b" \xc3\xa9t\xc3\xa9\n")
        'ĠÃ©tÃ©Ċ'
    """
    return "".join(CHARACTERS[byte] for byte in token)


def read_bytes(text: str) -> bytes:
    r"""Read the bytes that visible characters stand for.

    Raises:
        ValueError: If a character stands for no byte.

    Examples:
        >>> read_bytes("Ġcat")
        b' cat'
    """
    if unknown := set(text) - BYTES.keys():
        raise ValueError(f"{sorted(unknown)} in {text!r} stand for no byte")
    return bytes(BYTES[character] for character in text)
