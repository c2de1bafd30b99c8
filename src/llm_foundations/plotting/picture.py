"""A figure that says in words what it shows, for notebooks and labs."""

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

from llm_foundations.plotting.style import svg_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Picture:
    """A figure with the words that stand for it where it cannot be seen.

    As the last line of a cell it takes the place of `plt.show()`.

    Args:
        figure: The figure; it is closed.
        alt: What it shows, in a sentence.

    Raises:
        ValueError: If `alt` has fewer than three words.

    Examples:
        >>> import matplotlib.pyplot as plt
        >>> figure, axes = plt.subplots()
        >>> picture = Picture(figure, alt="Two axes and no line.")
        >>> picture._repr_html_()[:33]
        '<img alt="Two axes and no line." '
    """

    def __init__(self, figure: "Figure", alt: str) -> None:
        """Draw the figure once."""
        import matplotlib.pyplot as plt

        if len(alt.split()) < 3:
            raise ValueError(f"alt must say what the figure shows, got {alt!r}")
        self.alt, self.svg = alt, svg_text(figure)
        plt.close(figure)

    def _repr_html_(self) -> str:
        data = b64encode(self.svg.encode()).decode()
        return f'<img alt="{escape(self.alt)}" src="data:image/svg+xml;base64,{data}">'
