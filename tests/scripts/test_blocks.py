"""A block that shows a figure shows one, and the image after it is where it goes."""

from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from scripts.tools import blocks
from scripts.tools.pages import DRAWING, Page

BLOCK = "```python\nplt.show()\n```\n\n"


def show(folder: Path, image: str, n_figures: int, *, rewrite: bool = False) -> None:
    (block,) = Page(f"{BLOCK}{image}\n").blocks
    with blocks.showing(block, folder / "page.md", rewrite=rewrite):
        for _ in range(n_figures):
            plt.figure(figsize=(1, 1))
        plt.show()


@pytest.mark.parametrize("n_figures", [0, 2])
def test_one_figure_is_shown(tmp_path: Path, n_figures: int) -> None:
    with pytest.raises(AssertionError, match=f"^{n_figures} figures shown"):
        show(tmp_path, "![It](it.svg)", n_figures)


def test_an_image_belongs_to_the_block(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"^no image belongs to"):
        show(tmp_path, "No image.", 1)


def test_a_plain_run_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"^it\.svg: no such file; run scripts/o"):
        show(tmp_path, "![It](it.svg)", 1)
    assert list(tmp_path.iterdir()) == []


def test_a_rewriting_run_writes_an_svg_only(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"^it\.png: a figure is an \.svg file"):
        show(tmp_path, "![It](it.png)", 1, rewrite=True)
    show(tmp_path, "![It](it.svg)", 1, rewrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["it.svg"]
    show(tmp_path, "![It](it.svg)", 1)


def test_the_figures_of_a_block_are_closed(tmp_path: Path) -> None:
    show(tmp_path, "![It](it.svg)", 1, rewrite=True)
    assert plt.get_fignums() == []


def test_a_folded_block_draws_the_image_above_it(tmp_path: Path) -> None:
    image = "![It](it.svg)\n*It.*\n\n![Next](next.svg)\n*Next.*\n"
    fold = (
        f'<details markdown="1">\n<summary>{DRAWING}</summary>\n\n{BLOCK}</details>\n'
    )
    (block,) = Page(f"{image}\n{fold}\n![Below](below.svg)\n").blocks
    with blocks.showing(block, tmp_path / "page.md", rewrite=True):
        plt.figure(figsize=(1, 1))
        plt.show()
    assert [path.name for path in tmp_path.iterdir()] == ["next.svg"]
