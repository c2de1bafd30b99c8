"""Places are found at the right tokens, and heads are measured there."""

import pytest
import torch

from llm_foundations.evaluation.tracing import ablate_heads, trace
from llm_foundations.experiments.storyteller import (
    ROLES,
    Place,
    ablation_costs,
    encode,
    find_places,
    head_roles,
    next_token_nll,
    previous_token_weights,
)
from llm_foundations.models.storyteller import load_storyteller

MODEL, TOKENIZER = load_storyteller()
STORY = (
    "Once there was a fox named Otto. He lived in the forest. On the way he sang,"
    ' "pom mo ka zu, pom mo ka zu!" At noon he met Mila the hare. Whom did Otto meet?'
    " Mila."
)


def tokens(ids) -> list[str]:
    return [TOKENIZER.decode([i]) for i in ids]


def place(role: str) -> tuple[str, list[str]]:
    """The last token that is read in a role, and the tokens to fetch from."""
    (found,) = [p for p in find_places(TOKENIZER, [STORY]) if p.role == role]
    ids = encode(TOKENIZER, STORY)
    return tokens([ids[found.query]])[0], tokens(ids[key] for key in found.keys)


def test_places_are_the_right_tokens() -> None:
    assert place("hero's name") == (" lived", [" Otto"])
    query, keys = place("answer: whom")
    assert (query, "".join(keys)) == ("?", " Mila")
    query, keys = place("song")
    assert query == " mo"
    assert "".join(keys) == " ka"


def test_a_story_without_a_role_has_no_place() -> None:
    roles = {found.role for found in find_places(TOKENIZER, [STORY, "Nothing."])}
    assert roles == {"hero's name", "song", "answer: whom"} < set(ROLES)


def test_weights_and_costs_are_those_of_a_trace_and_an_ablation() -> None:
    rows = {(r.layer, r.head, r.role): r for r in head_roles(MODEL, TOKENIZER, [STORY])}
    (found,) = [p for p in find_places(TOKENIZER, [STORY]) if p.role == "song"]
    ids = torch.tensor([encode(TOKENIZER, STORY)])
    weight = trace(MODEL, ids).attention[3, 0, 3, found.query, list(found.keys)].sum()
    row = rows[3, 3, "song"]
    assert row.weight == row.least == pytest.approx(weight.item(), abs=1e-5)
    (before,) = next_token_nll(MODEL, [ids], [found])
    with ablate_heads(MODEL, [(3, 3)]):
        (after,) = next_token_nll(MODEL, [ids], [found])
    assert row.cost == pytest.approx(after - before, abs=1e-4)
    assert len(rows) == 16 * 3


def test_the_surprisal_is_that_of_the_token_behind_the_place() -> None:
    ids = torch.tensor([encode(TOKENIZER, STORY)])
    (nll,) = next_token_nll(MODEL, [ids], [Place("x", 0, 4, (1,))])
    expected = -MODEL(ids)[0, 4].log_softmax(-1)[ids[0, 5]]
    assert nll == pytest.approx(expected.item())


def test_previous_token_weights_are_shares() -> None:
    weights = previous_token_weights(MODEL, TOKENIZER, [STORY])
    assert tuple(weights.shape) == (4, 4)
    attention = trace(MODEL, torch.tensor([encode(TOKENIZER, STORY)])).attention
    expected = sum(attention[2, 0, 3, t, t - 1] for t in range(1, attention.shape[-1]))
    assert weights[2, 3] == pytest.approx(expected / (attention.shape[-1] - 1))


def test_ablation_costs_are_per_story() -> None:
    costs = ablation_costs(MODEL, TOKENIZER, [STORY])
    assert len(costs) == 16
    assert costs[3, 3] > 1
