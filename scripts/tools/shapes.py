"""The second pass of the tests, in which every call's shapes are checked.

With `--jaxtyping-packages`, as `scripts/test` gives it, a wrong shape is refused before
the package's own check can name it. A test that gives wrong shapes on purpose, inside
`with pytest.raises(...)`, is therefore skipped in that pass; the first pass, without
the option, holds the package to its own message. In the option, the "numeric tower"
lets an int stand where a float is expected, as every type checker does.
"""

import ast
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from jaxtyping import TypeCheckError


@contextmanager
def refusals_skipped(test: Path) -> Iterator[None]:
    """Skip a test whose deliberate mistake the shape check refused.

    Args:
        test: The file of the test.
    """
    try:
        yield
    except BaseException as error:
        # `pytest.raises` fails with the refusal as its context if it was a near miss.
        for found in (error, error.__context__):
            if isinstance(found, TypeCheckError) and _inside_raises(found, test):
                pytest.skip("its shapes are wrong on purpose: tested without the hook")
        raise


def _inside_raises(error: BaseException, test: Path) -> bool:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f.lineno or 0 for f in frames if Path(f.filename) == test]
    blocks = [
        node
        for node in ast.walk(ast.parse(test.read_text(encoding="utf-8")))
        if isinstance(node, ast.With) and "raises(" in ast.unparse(node.items[0])
    ]
    return any(b.lineno <= n <= (b.end_lineno or 0) for b in blocks for n in lines)
