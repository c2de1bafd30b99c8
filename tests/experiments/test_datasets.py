"""The crawl has the pages that it promises, and what they cost is measured again."""

from collections import Counter

import pytest

from llm_foundations.data.corpus.deduplication import unique_documents
from llm_foundations.experiments.datasets import (
    ADD_K_EXCESS,
    EXCESS,
    SPLIT_EXCESS,
    crawl,
    excess_of,
    split_excess,
)
from llm_foundations.models.ngram.smoothing import AddK

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


@pytest.mark.ci
@pytest.mark.parametrize("seed", [1, 2])
def test_another_crawl_has_the_same_order(seed: int) -> None:
    pages = crawl(seed=seed)

    def excess(name: str) -> float:
        return excess_of(page.text for page in pages if page.kind in KEPT[name])

    everything = excess("all pages")
    assert excess("no copies") == pytest.approx(0.916, abs=0.001)
    assert 0.935 < excess("no shuffled text") < 0.95 < everything
    assert excess("no ads") == pytest.approx(everything, abs=0.0015)
    assert excess("no menus") == pytest.approx(everything, abs=0.0015)


@pytest.mark.ci
@pytest.mark.parametrize("name", ADD_K_EXCESS)
def test_copies_help_another_smoothing(name: str) -> None:
    texts = [page.text for page in PAGES if page.kind in KEPT[name]]
    found = excess_of(texts, smoothing=AddK(0.01))
    assert found == pytest.approx(ADD_K_EXCESS[name], abs=0.0006)


@pytest.mark.ci
@pytest.mark.parametrize("by", SPLIT_EXCESS)
def test_copies_leak_unless_stories_stay_together(by) -> None:
    assert split_excess(by) == pytest.approx(SPLIT_EXCESS[by], abs=0.0006)
    leaks = by != "story"
    assert (split_excess(by, seed=1) < 0.7) is leaks
