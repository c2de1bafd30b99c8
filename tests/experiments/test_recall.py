"""The two jobs: every answer is the one that a slow reader of the text finds."""

import torch

from llm_foundations.experiments.positions import (
    ANIMALS,
    N_REMARKS,
    SPOTS,
    VOCAB_SIZE,
    associative_recall,
    delayed_copy,
)


def test_three_back_asks_for_the_spot_named_three_tokens_ago() -> None:
    token_ids, answers, asked = delayed_copy(4, 9)
    assert token_ids.shape == answers.shape == asked.shape == (4, 9)
    assert asked.tolist() == [[False] * 3 + [True] * 6] * 4
    assert 0 <= token_ids.min() <= token_ids.max() < N_REMARKS
    for row, answer in zip(token_ids.tolist(), answers.tolist(), strict=True):
        assert answer[3:] == [remark % len(SPOTS) for remark in row[:-3]]


def test_last_told_asks_for_the_nearest_remark_on_the_animal() -> None:
    token_ids, answers, asked = associative_recall(20, 30)
    assert token_ids.max() < VOCAB_SIZE
    for row, answer, asks in zip(
        token_ids.tolist(), answers.tolist(), asked.tolist(), strict=True
    ):
        known: dict[int, int] = {}
        for token, right, is_asked in zip(row, answer, asks, strict=True):
            if token < N_REMARKS:
                known[token // len(SPOTS)] = token % len(SPOTS)
                assert not is_asked
            else:
                assert is_asked is (token - N_REMARKS in known)
                assert not is_asked or right == known[token - N_REMARKS]


def test_about_half_of_the_tokens_ask_and_every_animal_is_asked_for() -> None:
    torch.manual_seed(0)
    token_ids, _, asked = associative_recall(100, 100)
    assert 0.45 < (token_ids >= N_REMARKS).float().mean() < 0.55
    questions = token_ids[asked] - N_REMARKS
    assert questions.unique().tolist() == list(range(len(ANIMALS)))
