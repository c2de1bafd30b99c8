"""The reader finds what a page holds, and on which line."""

import pytest

from scripts.tools.pages import BREAKING, DRAWING, Page

TEXT = """---
title: Small
---

# A `small` page

| a | b |
|---|---|
| 1 | 2 |

```python
plt.show()
```
<!--pytest-codeblocks:expected-output-->
```
shown
```

![Alt text](a.svg)
*The caption.*

<details markdown="1">
<summary>Why?</summary>

<!--figure: structure-->

```python
assert True
```

```text
not an output
```

</details>

## Part

<span id="by_hand">Text</span> with a [link](b.md#c).
"""


def test_a_page_is_read() -> None:
    page = Page(TEXT)
    assert page.front_matter == {"title": "Small"}
    assert [(h.line, h.level, h.text) for h in page.headings] == [
        (5, 1, "A small page"),
        (37, 2, "Part"),
    ]
    assert page.tables == [[["a", "b"], ["1", "2"]]]
    assert page.links == [(19, "a.svg"), (39, "b.md#c")]
    assert page.anchors == {"a-small-page", "part", "by_hand"}
    assert page.section("Part") == (37, 39)
    assert [(d.line, d.end, d.summary) for d in page.details] == [(22, 35, "Why?")]


def test_a_block_knows_its_output_its_image_and_its_fold() -> None:
    shown, folded = Page(TEXT).blocks
    assert (shown.fence.line, shown.fence.end, shown.fence.text) == (
        *(11, 13),
        "plt.show()\n",
    )
    assert shown.expected is not None
    assert (shown.expected.line, shown.expected.text) == (15, "shown\n")
    assert shown.image is not None
    assert (shown.image.alt, shown.image.caption) == ("Alt text", "The caption.")
    assert (shown.draws, shown.structure_only, shown.details) == (True, False, None)
    assert (folded.draws, folded.structure_only, folded.expected) == (False, True, None)
    assert folded.details is not None


def test_an_empty_page_holds_nothing() -> None:
    page = Page("")
    assert (page.front_matter, page.blocks, page.headings) == ({}, [], [])


DRAWN = """```python
print(1)
```

![One line](one.svg)
*The caption of one.*

<details markdown="1">
<summary>{0}</summary>

```python
plt.show()
```

</details>

![Another line](other.svg)
*The caption of the other.*
"""


@pytest.mark.parametrize("summary", [DRAWING, BREAKING])
def test_a_figure_stands_above_its_folded_code(summary: str) -> None:
    opened, folded = Page(DRAWN.format(summary)).blocks
    assert opened.image is None
    assert folded.image is not None
    assert (folded.image.source, folded.image.line, folded.image.end) == (
        "one.svg",
        5,
        6,
    )


def test_a_fold_of_another_name_has_its_figure_below() -> None:
    (_, folded) = Page(DRAWN.format("Solution")).blocks
    assert folded.image is not None
    assert folded.image.source == "other.svg"


def test_a_figure_further_above_is_not_that_of_the_fold() -> None:
    text = DRAWN.format(DRAWING).replace("one.*\n", "one.*\n\nA sentence.\n")
    assert Page(text).blocks[1].image is None
