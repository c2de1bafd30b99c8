"""The one chart style of the course, and the figures that come back."""

from llm_foundations.plotting.arrows import arrows
from llm_foundations.plotting.bars import bar_charts, bars
from llm_foundations.plotting.curves import curve_charts, curves
from llm_foundations.plotting.matrices import heatmap, heatmaps
from llm_foundations.plotting.picture import Picture
from llm_foundations.plotting.shares import share_charts
from llm_foundations.plotting.strings import character_rows, merge_tree
from llm_foundations.plotting.style import use_style
from llm_foundations.plotting.text import shaded_texts
from llm_foundations.plotting.tokens import token_rows

__all__ = [
    "Picture",
    "arrows",
    "bar_charts",
    "bars",
    "character_rows",
    "curve_charts",
    "curves",
    "heatmap",
    "heatmaps",
    "merge_tree",
    "shaded_texts",
    "share_charts",
    "token_rows",
    "use_style",
]
