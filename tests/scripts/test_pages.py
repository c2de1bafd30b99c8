"""The reader finds what a page holds, and on which line."""

from scripts.tools.pages import Page

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
