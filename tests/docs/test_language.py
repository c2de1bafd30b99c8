"""The guards of the language let through what they should."""

import pytest

from scripts.tools.pages import DOCS, Page
from tests.docs.guards.language import WORDS, american, spelling, words

STORY = """# Harbor

> At sunrise she went to the harbour, and the ducks were filling the theatre.

She asks "Where is the theatre?", and `colour` is a keyword.

```python
story = "the cosy harbour"
print(story)
```
<!--pytest-codeblocks:expected-output-->
```
the cosy harbour
```

The area is $\\text{centre}$.

## References

1. *Regularising and Optimising LSTM Language Models*.
"""


def test_stories_code_and_titles_keep_their_spelling() -> None:
    page = Page(STORY, DOCS / "lessons" / "layers" / "page.md")
    assert spelling(page) == words(page) == []


@pytest.mark.parametrize(
    "said",
    [
        "In place of the word comes another, and the model turns queries into scores.",
        "Have you heard of BERT? It reads the tokens a second time, in two parts.",
        "By filling in the mask, it takes part. We place a token in the sequence.",
        "Multiply the gradient by two, and the number of vectors by four.",
    ],
)
def test_the_language_of_every_day_is_let_through(said: str) -> None:
    assert words(Page(said)) == []


@pytest.mark.parametrize("better", WORDS.values())
def test_what_is_advised_is_no_mistake(better: str) -> None:
    assert words(Page(better)) == spelling(Page(better)) == []


@pytest.mark.parametrize(
    ("british", "us"),
    [
        *(("Tokenisation", "tokenization"), ("colourmap", "colormap")),
        *(("modelling", "modeling"), ("GREY", "gray"), ("learnt", "learned")),
        *(("hour", "hour"), ("exercise", "exercise"), ("dialogue", "dialogue")),
    ],
)
def test_words_are_spelled_as_in_america(british: str, us: str) -> None:
    assert american(british) == us
