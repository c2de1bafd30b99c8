"""The one chart style of the course, and the figures that come back."""

from llm_foundations.plotting.matrices import heatmap, heatmaps
from llm_foundations.plotting.style import use_style

__all__ = ["heatmap", "heatmaps", "use_style"]
