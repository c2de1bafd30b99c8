"""The choosers: one writes a text, one reads it, one reads it letter by letter."""

import math
import random
from bisect import bisect_left, bisect_right
from typing import Any

from llm_foundations.data.stories.grammar import END, Choice, Chooser, NotInLanguage, T


class Sampler(Chooser):
    """The chooser that writes: it draws each option by its weight.

    Args:
        source: Where the random bits come from.

    Attributes:
        position: The number of characters written.
        nats: Surprisal of what was written so far.
    """

    def __init__(self, source: random.Random) -> None:
        self._bits = source.getrandbits
        self._parts: list[str] = []
        self.position = 0
        self.nats = 0.0

    def say(self, text: str) -> None:
        """Write a text that is certain here."""
        self._write(text)

    def _write(self, text: str) -> None:
        self._parts.append(text)
        self.position += len(text)

    def pick(self, choice: Choice[T], *banned: T) -> T:
        """Write one option, never one with a banned value."""
        index = self._draw(choice)
        while choice.values[index] in banned:
            index = self._draw(choice)
        self._write(choice.texts[index])
        total = choice.total_without(banned) if banned else choice.total
        self.nats += math.log(total / choice.weights[index])
        return choice.values[index]

    def _draw(self, choice: Choice[Any]) -> int:
        # Exactly uniform, and from whole bits alone: other methods of `Random` may
        # change between versions of Python.
        n_bits = choice.total.bit_length()
        number = self._bits(n_bits)
        while number >= choice.total:
            number = self._bits(n_bits)
        return bisect_right(choice.ends, number)

    @property
    def text(self) -> str:
        """What was written."""
        return "".join(self._parts)


class Reader(Chooser):
    """The chooser that reads: it takes the decisions that a text shows.

    Args:
        text: What to read.

    Attributes:
        position: The number of characters read.
        nats: Surprisal of what was read so far.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.nats = 0.0

    def say(self, text: str) -> None:
        """Read a text that is certain here."""
        if not self.text.startswith(text, self.position):
            raise self._stop({text: 1})
        self.position += len(text)

    def pick(self, choice: Choice[T], *banned: T) -> T:
        """Read one option."""
        index = choice.match(self.text, self.position)
        if index is None or (banned and choice.values[index] in banned):
            options = zip(choice.texts, choice.weights, choice.values, strict=True)
            raise self._stop({t: w for t, w, v in options if v not in banned})
        total = choice.total_without(banned) if banned else choice.total
        self.nats += math.log(total / choice.weights[index])
        self.position += len(choice.texts[index])
        return choice.values[index]

    def finish(self) -> None:
        """Make sure that the text has been read to its end.

        Raises:
            NotInLanguage: If more follows.
        """
        if self.position < len(self.text):
            raise NotInLanguage(self.position, {}, self.text[self.position :])

    def _stop(self, options: dict[str, int]) -> NotInLanguage:
        """Say how far the text goes along with some option, and what could follow."""
        longest = max(map(len, options))
        rest = self.text[self.position : self.position + longest]
        shared = max(_n_shared(text, rest) for text in options)
        stem = rest[:shared]
        alive = {t[shared:]: w for t, w in options.items() if t.startswith(stem)}
        total = sum(alive.values())
        position = self.position + shared
        expected = {text: weight / total for text, weight in alive.items()}
        found = self.text[position : position + 12].removesuffix(END)
        return NotInLanguage(position, expected, found)


def _n_shared(a: str, b: str) -> int:
    """Count the characters that two texts begin with in common."""
    shorter = min(len(a), len(b))
    return next((i for i in range(shorter) if a[i] != b[i]), shorter)


class CharacterReader(Reader):
    """A reader that also keeps the surprisal of every character.

    Attributes:
        surprisals: Nats of each character, given all before it.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.surprisals = [0.0] * len(text)

    def pick(self, choice: Choice[T], *banned: T) -> T:
        """Read one option, and share its surprisal out over its characters."""
        start = self.position
        value = super().pick(choice, *banned)
        option = self.text[start : self.position]
        texts, low, high = choice.texts, 0, len(choice.texts)
        mass = choice.total_without(banned)
        for length in range(1, len(option) + 1):
            # The options that share these characters stand side by side.
            stem = option[:length]
            low = bisect_left(texts, stem, low, high)
            high = bisect_left(texts, stem[:-1] + chr(ord(stem[-1]) + 1), low, high)
            left = _mass(choice, low, high, banned)
            self.surprisals[start + length - 1] = math.log(mass / left)
            if high - low == 1:
                break
            mass = left
        return value


def _mass(choice: Choice[T], low: int, high: int, banned: tuple[T, ...]) -> int:
    """Return the weight of the options from low up to high, without the banned."""
    if banned:
        options = zip(choice.weights[low:high], choice.values[low:high], strict=True)
        return sum(weight for weight, value in options if value not in banned)
    return choice.ends[high - 1] - (choice.ends[low - 1] if low else 0)


class Completer(Sampler):
    """The chooser that goes on: it follows a beginning, and then writes.

    What it writes is a fair sample of the texts that begin so.

    Args:
        beginning: What the text begins with; it may end inside a decision. The
            caller has made sure that it is in the language.
        source: Where the random bits come from.
    """

    def __init__(self, beginning: str, source: random.Random) -> None:
        super().__init__(source)
        self._left = beginning

    def say(self, text: str) -> None:
        """Write a text that is certain here."""
        self._left = self._left[len(text) :]
        super().say(text)

    def pick(self, choice: Choice[T], *banned: T) -> T:
        """Write one option, of those that follow the beginning."""
        if self._left:
            options = zip(choice.texts, choice.weights, choice.values, strict=True)
            choice = Choice(option for option in options if self._follows(option[0]))
        value = super().pick(choice, *banned)
        self._left = self._left[len(self._parts[-1]) :]
        return value

    def _follows(self, text: str) -> bool:
        return text.startswith(self._left) or self._left.startswith(text)
