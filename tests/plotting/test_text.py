"""Words of a shaded text are joined, wrapped, and shaded by their numbers."""

import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.colors import to_hex

from llm_foundations.plotting import style
from llm_foundations.plotting.style import WIDTH
from llm_foundations.plotting.text import shaded_texts, words_of

TOKENS = [" G", "il", "bert", " met", " Otto", "."]
NUMBERS = torch.tensor([0.25, 0.5, 0.125, 0.0, 1.0, 0.0])


def test_the_tokens_of_a_word_are_joined_and_their_numbers_added() -> None:
    expected = [("Gilbert", 0.875), ("met", 0.0), ("Otto", 1.0), (".", 0.0)]
    assert words_of(TOKENS, NUMBERS) == expected


def test_a_space_of_its_own_belongs_to_what_follows() -> None:
    tokens = [" said", " ", '"', "Look", "!", " "]
    numbers = [0.0, 0.25, 0.5, 0.0, 0.0, 0.125]
    words = [("said", 0.0), ('"', 0.75), ("Look", 0.0), ("!", 0.0)]
    assert words_of(tokens, numbers) == words
    shaded_texts({"with blanks": (tokens, numbers)})
    (axes,) = plt.gcf().axes
    assert len(axes.patches) == 4


def test_each_token_needs_a_number() -> None:
    with pytest.raises(ValueError, match="5 numbers for 6 tokens"):
        words_of(TOKENS, NUMBERS[1:])


def test_a_larger_number_is_a_darker_box_with_light_text() -> None:
    shaded_texts({"title": (TOKENS, NUMBERS)})
    (axes,) = plt.gcf().axes
    title, _, met, otto, _ = axes.texts
    assert (title.get_text(), otto.get_text()) == ("title", "Otto")
    assert (met.get_color(), otto.get_color()) == (style.INK, style.CARD)
    shades = [to_hex(box.get_facecolor()) for box in axes.patches]
    assert shades[1] == style.CARD
    assert shades[2] == to_hex(style.petrol_map()(1.0))


def test_the_last_word_of_each_text_is_outlined() -> None:
    shaded_texts({"one": (TOKENS, NUMBERS), "two": (TOKENS, NUMBERS)})
    (axes,) = plt.gcf().axes
    outlined = [box.get_linewidth() > 0 for box in axes.patches]
    assert outlined == 2 * [False, False, False, True]


def test_other_words_can_be_outlined() -> None:
    shaded_texts({"one": (TOKENS, NUMBERS)}, outlined=[1, -2])
    (axes,) = plt.gcf().axes
    assert [box.get_linewidth() > 0 for box in axes.patches] == [
        False,
        True,
        True,
        False,
    ]


def test_outlines_are_found_beyond_the_first_line() -> None:
    shaded_texts({"long": (40 * [" whistle"], 40 * [0.0])}, outlined=[38])
    (axes,) = plt.gcf().axes
    assert [box.get_linewidth() > 0 for box in axes.patches].index(True) == 38


def test_long_texts_are_wrapped() -> None:
    shaded_texts({"long": (40 * [" whistle"], 40 * [0.0])})
    (axes,) = plt.gcf().axes
    assert max(box.get_x() + box.get_width() for box in axes.patches) < WIDTH
    assert len({round(box.get_y(), 2) for box in axes.patches}) == 5


def test_no_line_begins_with_a_punctuation_mark() -> None:
    for n in range(18, 36):  # the words end at the edge, before it and behind it
        words = [*n * [" of"], ".", " The"]
        shaded_texts({"story": (words, len(words) * [0.0])})
        (axes,) = plt.gcf().axes
        (dot,) = (text for text in axes.texts if text.get_text() == ".")
        assert dot.get_position()[0] > 0.3
        plt.close()
