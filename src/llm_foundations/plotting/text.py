"""Running text whose words are shaded by a number: attention, surprisal."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llm_foundations.plotting import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINE, SIZE = 0.3, 11
"""Inches: the height of a line. Points: the font size."""

Word = tuple[str, float]
"""A word and its number."""


def shaded_texts(
    texts: Mapping[str, tuple[Sequence[str], Any]],
    *,
    outlined: Collection[int] = (-1,),
) -> None:
    """Draw texts whose words are shaded by a number between 0 and 1.

    The numbers of the tokens that make up a word are added. The last word of each
    text gets an outline, as the one that looks back at the others.

    Args:
        texts: The title of each text, its tokens, and a number for each token.
        outlined: Which words get an outline, in place of the last; negative numbers
            count from the end of a text.

    Raises:
        ValueError: If a text doesn't have one number for each token.
    """
    import matplotlib.pyplot as plt

    style.use_style()
    lines = {title: list(_wrapped(words_of(*text))) for title, text in texts.items()}
    height = sum(LINE * (len(wrapped) + 1.6) for wrapped in lines.values())
    axes = plt.subplots(figsize=(style.WIDTH, height))[1]
    axes.set(xlim=(0, style.WIDTH), ylim=(height, 0))
    axes.set_axis_off()
    top = 0.0
    for title, wrapped in lines.items():
        axes.text(0.15, top + LINE, title, color=style.MUTED, va="center")
        first, n_words = 0, sum(map(len, wrapped))
        for i, line in enumerate(wrapped):
            places = range(first, first + len(line))
            marks = [j in outlined or j - n_words in outlined for j in places]
            _draw(axes, line, top + LINE * (i + 2), marks)
            first += len(line)
        top += LINE * (len(wrapped) + 1.6)


def words_of(tokens: Sequence[str], numbers: Iterable[Any]) -> list[Word]:
    """Join the tokens of each word, and add their numbers.

    Args:
        tokens: The tokens of a text. The first token of a word begins with a space.
        numbers: One for each token: a tensor, an array or a list.

    Returns:
        The words and the punctuation marks, each with its number. A space that is a
        token of its own belongs to what follows it.

    Raises:
        ValueError: If there isn't one number for each token.

    Examples:
        >>> words_of([" G", "il", "bert", "?"], [0.25, 0.5, 0.125, 0.0])
        [('Gilbert', 0.875), ('?', 0.0)]
    """
    values = [float(number) for number in numbers]
    if len(values) != len(tokens):
        raise ValueError(f"{len(values)} numbers for {len(tokens)} tokens")
    words: list[Word] = []
    for token, value in zip(tokens, values, strict=True):
        before = words[-1][0] if words else "."
        if not before or (before.isalnum() and token.isalnum()):
            word, sum_so_far = words.pop()
            words.append((word + token.strip(), sum_so_far + value))
        else:
            words.append((token.strip(), value))
    return [word for word in words if word[0]]


def _wrapped(words: Sequence[Word]) -> Iterator[list[tuple[float, float, Word]]]:
    """Lines of words, each with its left edge and its width in inches."""
    line: list[tuple[float, float, Word]] = []
    left = 0.15
    for word in words:
        width = _width(word[0])
        follows = word[0] in ".,?!:;"  # and so never begins a line
        space = -0.03 if follows else 0.05
        if line and not follows and left + space + width > style.WIDTH - 0.15:
            yield line
            line, left, space = [], 0.15, 0.0
        line.append((left + space * bool(line), width, word))
        left = line[-1][0] + width
    yield line


def _width(word: str) -> float:
    """How wide a word is in inches, with a margin."""
    from matplotlib.textpath import TextPath

    return float(TextPath((0, 0), word, size=SIZE).get_extents().width) / 72 + 0.07


def _draw(
    axes: "Axes",
    line: Sequence[tuple[float, float, Word]],
    middle: float,
    marks: Sequence[bool],
) -> None:
    from matplotlib.patches import FancyBboxPatch

    for (left, width, (word, number)), looks in zip(line, marks, strict=True):
        box = FancyBboxPatch(
            (left, middle - 0.12),
            width,
            0.24,
            boxstyle="round,pad=0,rounding_size=0.04",
            facecolor=style.petrol_map()(min(number, 1.0)),
            edgecolor=style.VERMILION if looks else "none",
            linewidth=1.5 * looks,
        )
        axes.add_patch(box)
        ink = style.CARD if number > 0.48 else style.INK
        axes.text(
            left + width / 2,
            middle,
            word,
            color=ink,
            ha="center",
            va="center_baseline",
            size=SIZE,
        )
