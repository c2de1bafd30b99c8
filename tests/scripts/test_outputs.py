"""Outputs are written below their blocks, and nothing else changes."""

from scripts.tools.outputs import with_outputs
from scripts.tools.pages import Page

TEXT = """- An item:

  ```python
  print("indented")
  ```

```python
print(2)
```
<!--pytest-codeblocks:expected-output-->
```
old
older
```

```python
assert True
```
"""


def test_outputs_are_inserted_and_replaced() -> None:
    page = Page(TEXT)
    first, second, third = (block.fence.line for block in page.blocks)
    text = with_outputs(page, {first: "indented\n", second: "2\n", third: ""})
    comment = "<!--pytest-codeblocks:expected-output-->"
    indented = f'  print("indented")\n  ```\n  {comment}\n  ```\n  indented\n  ```\n'
    inserted = TEXT.replace('  print("indented")\n  ```\n', indented)
    assert text == inserted.replace("old\nolder", "2")


def test_the_same_output_changes_nothing() -> None:
    page = Page(TEXT)
    assert with_outputs(page, {page.blocks[1].fence.line: "old\nolder\n"}) == TEXT
