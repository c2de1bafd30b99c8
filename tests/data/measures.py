"""Precision and recall of a filter on the labelled corpus, with its errors."""

from typing import NamedTuple


class Score(NamedTuple):
    precision: float
    recall: float
    missed: list
    wrong: list


def score(true: set, found: set) -> Score:
    hits = len(true & found)
    return Score(
        hits / len(found), hits / len(true), sorted(true - found), sorted(found - true)
    )
