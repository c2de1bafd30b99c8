import pytest
from hypothesis import given, settings, strategies as st

from llm_foundations.tokenizers.bpe.merging import (
    MergeTable,
    merge,
    merge_plainly,
    merge_table,
    merge_with_heap,
)

# Any table, sensible or not: pairs of tokens 0 to 5, with equal ranks among them.
TABLES = st.dictionaries(
    st.tuples(st.integers(0, 5), st.integers(0, 5)), st.integers(0, 6)
).map(lambda ranks: MergeTable(ranks, {rank: rank % 6 for rank in range(7)}))


def test_the_lowest_rank_goes_first_and_the_leftmost_of_equals() -> None:
    table = MergeTable({(1, 2): 1, (2, 3): 0, (1, 1): 2}, {0: 5, 1: 6, 2: 7})
    for way in (merge_plainly, merge_with_heap):
        assert way([1, 2, 3], table) == [1, 5]
        assert way([1, 1, 1], table) == [7, 1]
        assert way([1, 2, 1, 2, 3], table) == [6, 1, 5]
        assert way([], table) == []
        assert way([3], table) == [3]


@settings(deadline=None, max_examples=300)
@given(ids=st.lists(st.integers(0, 5), max_size=40), table=TABLES)
def test_the_heap_gives_the_same(ids: list[int], table: MergeTable) -> None:
    assert merge_with_heap(ids, table) == merge_plainly(ids, table)
    assert merge(ids, table) == merge_plainly(ids, table)


def test_a_million_equal_tokens_take_no_quadratic_time() -> None:
    table = MergeTable({(i, i): i for i in range(8)}, {i: i + 1 for i in range(8)})
    n = 262_144 + 64
    assert merge([0] * n, table) == [8] * (n // 256) + [
        6
    ]  # 300,000 = 1171 * 256 + 128 - 96


def test_merges_of_bytes_become_merges_of_ids() -> None:
    table = merge_table({b"a": 4, b"b": 2, b"ab": 9}, {(b"a", b"b"): 5})
    assert table == MergeTable({(4, 2): 5}, {5: 9})
    with pytest.raises(ValueError, match="a merge needs b'ab', which is no token"):
        merge_table({b"a": 4, b"b": 2}, {(b"a", b"b"): 5})
