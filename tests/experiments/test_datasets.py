"""The crawl has the pages that it promises, and what they cost is measured again."""

from collections import Counter

import pytest

from llm_foundations.data.corpus.deduplication import unique_documents
from llm_foundations.experiments.datasets import EXCESS, crawl, excess_of

PAGES = crawl()
KEPT = {
    "all pages": {"story", "copy", "edited copy", "shuffled", "menu", "ad"},
    "no ads": {"story", "copy", "edited copy", "shuffled", "menu"},
    "no menus": {"story", "copy", "edited copy", "shuffled", "ad"},
    "no shuffled text": {"story", "copy", "edited copy", "menu", "ad"},
    "no copies": {"story", "shuffled", "menu", "ad"},
    "stories only": {"story"},
}


def test_kinds_of_pages() -> None:
    kinds = Counter(page.kind for page in PAGES)
    assert (kinds["story"], kinds["copy"], kinds["edited copy"]) == (500, 1000, 1000)
    assert sum(kinds.values()) == 3000
    assert crawl() == PAGES != crawl(seed=1)


def test_comparing_whole_texts_keeps_edited_copies() -> None:
    edited = [page.text for page in PAGES if page.kind == "edited copy"]
    assert len(list(unique_documents(edited))) == len(edited)


@pytest.mark.ci
@pytest.mark.parametrize("name", EXCESS)
def test_excess(name: str) -> None:
    texts = [page.text for page in PAGES if page.kind in KEPT[name]]
    assert excess_of(texts) == pytest.approx(EXCESS[name], abs=0.0006)
