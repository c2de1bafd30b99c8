"""Places are found at the right tokens, and heads are measured there."""

import re

import pytest
import torch
from torch.nn import functional as F

from llm_foundations.data.stories.language import Language
from llm_foundations.evaluation.tracing import ablate_heads, trace
from llm_foundations.experiments.multi_head_attention import answer
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


# What the lesson on attention, and the card, say in words without a block.

GILBERT = (
    "Have you heard of Gilbert the goat? He lived on an island no bigger than a table."
    " More than anything he wanted a shrill whistle. At noon he hurried to the meadow."
    " And whom did he meet? Otto the donkey. "
)
VALIDATION = list(Language("small").documents("validation", 1200))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{GILBERT}Whom did Otto meet?", "Otto"),
        (f"{GILBERT}Whom did Cosima meet?", "Otto"),
        (f"{GILBERT}What did Gilbert want?", "The shrill whistle"),
        (f"{GILBERT}Where did Gilbert live?", "On an island no bigger"),
        (GILBERT.replace("Otto the donkey", "Nobody") + "Whom did Gilbert meet?", "No"),
    ],
)
def test_gilberts_story_is_answered_as_the_lesson_says(text: str, said: str) -> None:
    assert answer(MODEL, TOKENIZER, text) == said


def test_without_the_first_head_of_a_pair_the_name_is_not_found() -> None:
    weights = []
    with ablate_heads(MODEL, [(0, 2)]):
        for text in VALIDATION:
            if found := re.match(r"(.*Whom did \w+ meet\?)( \w+)", text):
                ids = torch.tensor([encode(TOKENIZER, found[1])])
                name = TOKENIZER.encode_ordinary(found[2])[0]
                seen = trace(MODEL, ids).attention[3, 0, 3, -1]
                weights.append(seen[ids[0] == name].sum())
    assert torch.stack(weights[:70]).mean() == pytest.approx(0.064, abs=0.01)


def test_a_head_looks_at_the_place_though_most_answers_are_wrong() -> None:
    weights, right = [], 0
    for text in VALIDATION:
        found = re.match(r"(.*Where did \w+ meet \w+\?) (\w+ the (\w+))\.", text)
        if found and len(weights) < 100:
            row = encode(TOKENIZER, found[1])
            place = torch.tensor(row) == TOKENIZER.encode_ordinary(f" {found[3]}")[0]
            seen = trace(MODEL, torch.tensor([row])).attention[3, 0, 1, -1]
            if len(weights) < 60:
                right += answer(MODEL, TOKENIZER, found[1]) == found[2]
            weights.append(seen[place].sum())
    assert torch.stack(weights).mean() == pytest.approx(0.78, abs=0.02)
    assert abs(right - 22) <= 2


def test_without_the_division_the_loss_rises_by_a_tenth_of_a_nat() -> None:
    model, _ = load_storyteller()

    def loss() -> float:
        rows = [torch.tensor([encode(TOKENIZER, text)]) for text in VALIDATION[:50]]
        with torch.no_grad():
            nats = [
                F.cross_entropy(model(row)[0, :-1], row[0, 1:], reduction="sum")
                for row in rows
            ]
        return float(sum(nats)) / sum(row.shape[1] - 1 for row in rows)

    assert loss() == pytest.approx(0.403, abs=0.005)
    with torch.no_grad():
        for block in model.blocks:
            block.attention.q_proj.weight.mul_(32**0.5)
            block.attention.q_proj.bias.mul_(32**0.5)
    assert loss() == pytest.approx(0.503, abs=0.005)
