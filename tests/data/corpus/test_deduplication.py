import math

import numpy as np
import pytest

from llm_foundations.data.corpus.corpora import dirty_corpus
from llm_foundations.data.corpus.deduplication import (
    MinHash,
    NearDuplicates,
    canonical,
    distinct_documents,
    jaccard,
    shingles,
    unique_documents,
    without_repeated_lines,
)
from tests.data.measures import score

CORPUS = dirty_corpus()
SIGNATURE = [81545233, 1096718833, 111773758, 258151110]


def test_exact_copies_in_the_labelled_corpus_are_found_and_nothing_else() -> None:
    kept = list(unique_documents(d.text for d in CORPUS))
    exact = [d for d in CORPUS if d.duplicate == "exact"]
    assert kept == [d.text for d in CORPUS if d not in exact]
    assert len(exact) == 9


def test_precision_and_recall_of_near_copies_in_the_labelled_corpus() -> None:
    index = NearDuplicates()
    found = {d.id: index.add(d.text) for d in CORPUS}
    result = score(
        {d.id for d in CORPUS if d.duplicate},
        {name for name, original in found.items() if original is not None},
    )
    assert result.precision == 1
    assert result.recall >= 18 / 21
    # Half a text, one phrase in four, other words throughout.
    assert set(result.missed) <= {
        *("near-chess-half", "near-money-edited", "near-sorting-paraphrase"),
    }
    for document in CORPUS:
        original = found[document.id]
        if original is not None:
            assert CORPUS[original].id == document.duplicate_of


def test_jaccard_by_hand() -> None:
    assert shingles("A b, c d.", n=2) == {"a b", "b c", "c d"}
    assert shingles("one", n=2) == {"one"}
    assert jaccard(shingles("a b c d", 2), shingles("b c d e", 2)) == 0.5
    assert jaccard(set(), set()) == 1


def test_the_estimate_is_within_its_standard_error() -> None:
    minhash = MinHash(n_hashes=2048, n=1)
    a = " ".join(f"w{i}" for i in range(300))
    b = " ".join(f"w{i}" for i in range(100, 400))
    true = jaccard(shingles(a, 1), shingles(b, 1))
    estimate = minhash.similarity(minhash.signature(a), minhash.signature(b))
    assert true == 0.5
    assert abs(estimate - true) < 3 * (true * (1 - true) / 2048) ** 0.5


def test_signatures_are_the_same_everywhere() -> None:
    signature = MinHash(n_hashes=4).signature("To be, or not to be")
    assert signature.dtype == np.uint32
    assert signature.tolist() == SIGNATURE
    assert (
        MinHash(n_hashes=4, seed=1).signature("To be, or not to be").tolist()
        != SIGNATURE
    )


def test_the_first_of_a_kind_is_kept() -> None:
    first, other = CORPUS[0].text, CORPUS[1].text
    documents = [first, other, first + " The end.", other.upper()]
    assert list(distinct_documents(documents)) == [first, other]
    assert (
        list(distinct_documents(documents, NearDuplicates(threshold=1.0)))
        == (documents[:3])
    )


def test_the_most_similar_of_several_is_named() -> None:
    text = CORPUS[0].text
    other = text.replace("lighthouse", "tower").replace("widow", "nurse")
    index = NearDuplicates(threshold=0.95)
    assert [index.add(t) for t in (text, other, other + " End.")] == [None, None, 1]


def test_canonical_text_forgets_form_alone() -> None:
    assert canonical("Ne\u0301\u00a0 X\n") == "né x"
    assert canonical("ne") != canonical("né")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MinHash(n_hashes=0), "n_hashes must be at least 1, got 0"),
        (lambda: MinHash(n=math.nan), "n must be an integer, got nan"),
        (lambda: shingles("one two", n=0), "n must be at least 1, got 0"),
        (lambda: NearDuplicates(threshold=0.0), "threshold must be .* got 0.0"),
        (lambda: NearDuplicates(threshold=math.nan), "threshold must be .* got nan"),
        (lambda: NearDuplicates(n_rows=0), "n_rows must be at least 1, got 0"),
        (lambda: NearDuplicates(n_rows=3), "128 hashes do not divide into bands of 3"),
    ],
)
def test_errors(make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_words_of_other_scripts_differ() -> None:
    assert jaccard(shingles("दिन", 1), shingles("दान", 1)) == 0.0
    index = NearDuplicates(minhash=MinHash(n=1))
    assert [index.add(text) for text in ("दिन", "दान", "மா", "மீ")] == [None] * 4


def test_copies_without_spaces_are_found() -> None:
    text = "春眠不觉晓。处处闻啼鸟。夜来风雨声。花落知多少。"
    other = "床前明月光。疑是地上霜。举头望明月。低头思故乡。"
    index = NearDuplicates(threshold=0.6)
    assert index.add(text) is None
    assert index.add(other) is None
    assert index.add(text.replace("。", " ").replace("多少", "几多")) == 0


def test_texts_without_words_are_told_apart() -> None:
    assert shingles("👍 👎!") == {"👍 👎 !"}
    index = NearDuplicates()
    texts = ["👍👍👎", "!!! ???", "👍 👍 👎", "", "...", "  "]
    assert [index.add(text) for text in texts] == [None, None, 0, None, None, 3]


def test_lines_that_occur_once_are_kept() -> None:
    documents = ["Menu\nOne.\n\nTwo.\n", "Menu\r\nThree.\n\nEnd", "two.\nMenu\nEnd\n"]
    assert without_repeated_lines(documents) == [
        "One.\n\nTwo.\n",
        "Three.\n\n",
        "two.\n",
    ]


def test_a_line_repeated_in_its_own_document_goes_too() -> None:
    assert without_repeated_lines(["a\nb\na\n"]) == ["b\n"]
    assert without_repeated_lines([]) == []
