from base64 import b64decode

import matplotlib.pyplot as plt
import pytest
from lxml import html

from llm_foundations.plotting import Picture


def test_a_picture_shows_its_words_and_its_figure():
    figure, axes = plt.subplots()
    axes.set_title("a title")
    image = html.fromstring(Picture(figure, 'A "quoted" title.')._repr_html_())
    assert image.get("alt") == 'A "quoted" title.'
    kind, _, data = image.get("src").partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert "a title" in b64decode(data).decode()


def test_a_picture_closes_its_figure():
    figure, _ = plt.subplots()
    Picture(figure, "Nothing but axes.")
    assert plt.get_fignums() == []


def test_a_picture_without_words_is_refused():
    figure, _ = plt.subplots()
    with pytest.raises(ValueError, match="got 'a chart'"):
        Picture(figure, "a chart")
