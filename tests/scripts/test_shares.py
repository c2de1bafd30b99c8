"""A solution is compared with the code above it, whatever its names are."""

import pytest

from scripts.tools.pages import Page
from scripts.tools.shares import solution_shares

PAGE = """```python
{0}
```

## Exercises

### 1. One

<details markdown="1">
<summary>One solution</summary>

```python
import math


def answer(first, second):
    return {1}


check_answer(answer)
```

</details>
"""


def share(above: str, returned: str) -> float:
    return solution_shares(Page(PAGE.format(above, returned)))["1. One"]


@pytest.mark.parametrize(
    "above",
    [
        "import math\n\nmath.sqrt(a / b)",
        "from math import sqrt\n\nsqrt(a / b)",
        "import math as m\n\nprint(m.sqrt(a / b) + 1)",
        "import math\n\n\ndef other(x, y):\n    return math.sqrt(x / y)",
    ],
)
def test_other_names_make_nothing_new(above: str) -> None:
    assert share(above, "math.sqrt(first / second)") == 1


@pytest.mark.parametrize(
    "above",
    [
        "math.sqrt(a / a)",
        "math.sqrt(a * b)",
        "math.exp(a / b)",
        "def sqrt(x):\n    return x\n\n\nsqrt(a / b)",
    ],
)
def test_another_expression_is_new(above: str) -> None:
    assert share(f"import math\n\n{above}", "math.sqrt(first / second)") == 0


def test_the_share_is_that_of_all_expressions() -> None:
    returned = "math.sqrt(first / second + 1) + math.exp(first * 2)"
    # Two of four; the whole and the root are new, and `first * 2` is too short.
    assert share("import math\n\nx / y + 1\nmath.exp(u * 2)", returned) == 2 / 4


def test_a_solution_of_numbers_is_not_copied() -> None:
    assert share("[0.1, 0.2]", "[0.1, 0.2]") == 0


def test_an_exercise_without_a_solution_is_left_out() -> None:
    assert solution_shares(Page("## Exercises\n\n### 1. One\n\nThink.\n")) == {}
