"""One layer, six schemes: what each can and cannot see."""

import pytest
import torch

from llm_foundations.experiments.positions import SCHEMES, OneLayerTransformer

IDS = torch.tensor([[3, 1, 4, 1, 0, 2]])


@pytest.mark.parametrize("positions", SCHEMES)
def test_the_future_is_hidden(positions: str) -> None:
    model = OneLayerTransformer(positions, vocab_size=5, n_answers=3)
    changed = IDS.clone()
    changed[0, -1] = 4
    ours, theirs = model(IDS), model(changed)
    assert ours.shape == (1, 6, 3)
    torch.testing.assert_close(ours[:, :-1], theirs[:, :-1])
    assert (ours[:, -1] - theirs[:, -1]).abs().max() > 1e-3


@pytest.mark.parametrize("positions", SCHEMES)
def test_only_without_positions_the_order_of_the_past_is_lost(positions: str) -> None:
    torch.manual_seed(0)
    model = OneLayerTransformer(positions, vocab_size=5, n_answers=3)
    with torch.no_grad():
        if positions == "T5":  # its first numbers are too small to matter
            model.relative.table.weight.normal_()
        shuffled = IDS[:, [2, 0, 4, 1, 3, 5]]  # the last token stays where it is
        change = (model(IDS) - model(shuffled))[0, -1].abs().max().item()
    assert (change < 1e-5) if positions == "none" else (change > 1e-3)


@pytest.mark.parametrize("positions", SCHEMES)
def test_a_window_hides_what_lies_behind(positions: str) -> None:
    model = OneLayerTransformer(positions, vocab_size=5, n_answers=3)
    changed = IDS.clone()
    changed[0, 0] = 4
    ours, theirs = model(IDS, window=2), model(changed, window=2)
    torch.testing.assert_close(ours[:, 2:], theirs[:, 2:])
    assert (ours[:, 1] - theirs[:, 1]).abs().max() > 1e-3
    torch.testing.assert_close(model(IDS, window=6), model(IDS))


def test_a_window_holds_at_least_the_token_itself() -> None:
    with pytest.raises(ValueError, match="window must be at least 1, got 0"):
        OneLayerTransformer("none", vocab_size=5, n_answers=3)(IDS, window=0)


def test_the_learned_table_ends() -> None:
    model = OneLayerTransformer("learned", vocab_size=5, n_answers=3, context_length=4)
    with pytest.raises(ValueError, match="id 4 is not in 0 to 3"):
        model(IDS)


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="got 'spiral'"):
        OneLayerTransformer("spiral", vocab_size=5, n_answers=3)
