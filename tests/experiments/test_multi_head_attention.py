"""Stories end before their questions, and a swapped head changes the answer."""

import itertools
from collections import Counter
from contextlib import ExitStack

import pytest
import torch

from llm_foundations.evaluation.tracing import head_outputs, patch_head, trace
from llm_foundations.experiments.multi_head_attention import (
    answer,
    stories_before_questions,
)
from llm_foundations.experiments.storyteller import encode
from llm_foundations.models.storyteller import load_storyteller

MODEL, TOKENIZER = load_storyteller()
STORIES = stories_before_questions(5)
HUNDRED = stories_before_questions(100)


def ids_of(text: str, story, question: str = "Whom did {} meet?") -> torch.Tensor:
    asked = text + question.format(story.hero.name)
    return torch.tensor([encode(TOKENIZER, asked)])


def wish_of(story) -> str:
    return "What did {} lose?" if story.lost else "What did {} want?"


def first(name: str) -> int:
    return TOKENIZER.encode_ordinary(f" {name}")[0]


def test_stories_end_where_the_first_question_begins() -> None:
    assert len(STORIES) == 5
    for text, story in STORIES:
        assert story.text.startswith(text)
        asked = story.text[len(text) :].split()[0]
        assert asked in {"Whom", "Where", "What", "Who", "How"}
        assert story.friend.name in text
        assert text.endswith((". ", "! ", '!" '))


def test_no_stories_are_no_stories() -> None:
    assert stories_before_questions(0) == []


def test_one_head_of_the_first_layer_holds_the_question_word() -> None:
    for text, story in STORIES:
        asked = f"{text}Where did {story.hero.name} meet {story.friend.name}?"
        other = f"{text}Whom did {story.hero.name} meet?"
        plain = answer(MODEL, TOKENIZER, asked)
        assert plain.split()[0] in {"In", "At", "On"}
        assert answer(MODEL, TOKENIZER, asked, other, [(0, 2)]) == story.friend.name
        for head in (0, 1, 3):
            assert answer(MODEL, TOKENIZER, asked, other, [(0, head)]) == plain


@pytest.mark.parametrize("other", [None, "Once there was a fox named Otto."])
def test_without_heads_nothing_is_swapped(other) -> None:
    text, story = STORIES[0]
    asked = f"{text}Whom did {story.hero.name} meet?"
    assert answer(MODEL, TOKENIZER, asked, other) == story.friend.name


@torch.no_grad()
def test_what_put_into_whom_starts_the_right_answer() -> None:
    begun = Counter()
    for text, story in HUNDRED:
        ids = ids_of(text, story)
        output = head_outputs(MODEL, ids_of(text, story, wish_of(story)))[0, 0, 2, -1]
        with patch_head(MODEL, 0, 2, ids.shape[1] - 1, output):
            begun[MODEL(ids)[0, -1].argmax().item()] += 1
    assert begun[first("The")] == 90


def test_the_question_word_of_another_story_asks_for_this_friend() -> None:
    named = Counter()
    for i, (text, story) in enumerate(HUNDRED):
        other_text, other = HUNDRED[(i + 1) % 100]
        if other.friend.name != story.friend.name:
            asked = text + wish_of(story).format(story.hero.name)
            donor = f"{other_text}Whom did {other.hero.name} meet?"
            said = answer(MODEL, TOKENIZER, asked, donor, [(0, 2)])
            named["stories"] += 1
            named["this friend"] += said == story.friend.name
            named["the other"] += said == other.friend.name
    assert named == {"stories": 99, "this friend": 94, "the other": 1}


def test_no_other_head_changes_the_answer() -> None:
    for text, story in stories_before_questions(10):
        asked = text + wish_of(story).format(story.hero.name)
        other = f"{text}Whom did {story.hero.name} meet?"
        said = {
            head: answer(MODEL, TOKENIZER, asked, other, [head])
            for head in itertools.product(range(4), range(4))
        }
        assert said.pop((0, 2)).startswith(story.friend.name)
        assert set(said.values()) == {answer(MODEL, TOKENIZER, asked)}


@torch.no_grad()
def test_the_question_mark_needs_the_head_of_the_question_word() -> None:
    right = without = 0
    for text, story in HUNDRED:
        ids, friend = ids_of(text, story), first(story.friend.name)
        right += MODEL(ids)[0, -1].argmax().item() == friend
        with patch_head(MODEL, 0, 2, ids.shape[1] - 1, torch.zeros(32)):
            without += MODEL(ids)[0, -1].argmax().item() == friend
    assert (right, without) == (100, 9)


@torch.no_grad()
def test_who_writes_the_name_of_the_friend() -> None:
    """The logit above the average, split into what each part of the model adds."""
    w_o = torch.stack([block.attention.o_proj.weight.T for block in MODEL.blocks])
    sums = Counter()
    for text, story in HUNDRED:
        ids, friend, hero = (
            ids_of(text, story),
            first(story.friend.name),
            first(story.hero.name),
        )
        seen = trace(MODEL, ids)
        stream = seen.residual[:, 0, -1]
        rms = stream[-1].square().mean().sqrt()

        def above(vector, name, rms=rms):
            logits = MODEL.head(vector * MODEL.norm.weight / rms)
            return logits[..., name] - logits.mean(-1)

        heads = head_outputs(MODEL, ids)[:, 0, :, -1, None] @ w_o.unflatten(1, (4, 32))
        written = above(heads[:, :, 0], friend)
        added = dict(
            zip(seen.sublayers[1:], above(stream.diff(dim=0), friend), strict=True)
        )
        sums["friend"] += above(stream[-1], friend).item()
        sums["heads"] += written.sum().item()
        sums["embedding"] += above(stream[0], friend).item()
        sums["feed-forward"] += sum(
            x.item() for name, x in added.items() if "feed" in name
        )
        sums["biases"] += sum(
            above(block.attention.o_proj.bias, friend).item() for block in MODEL.blocks
        )
        for head in (0, 3):
            sums[f"friend {head}"] += written[3, head].item()
            sums[f"hero {head}"] += above(heads[3, head, 0], hero).item()
        logits = seen.logits[-1, 0, -1].topk(2).values
        sums["lead"] += (logits[0] - logits[1]).item()
    assert {name: round(total / 100, 1) for name, total in sums.items()} == {
        "friend": pytest.approx(34.0, abs=0.1),
        "heads": pytest.approx(21.8, abs=0.1),
        "embedding": pytest.approx(0.6, abs=0.1),
        "feed-forward": pytest.approx(6.6, abs=0.1),
        "biases": pytest.approx(5.0, abs=0.1),
        "friend 0": pytest.approx(7.0, abs=0.1),
        "hero 0": pytest.approx(3.2, abs=0.1),
        "friend 3": pytest.approx(12.1, abs=0.1),
        "hero 3": pytest.approx(2.6, abs=0.1),
        "lead": pytest.approx(11.8, abs=0.1),
    }


@torch.no_grad()
@pytest.mark.parametrize(
    ("removed", "right"), [([0], 100), ([3], 67), ([0, 3], 3)], ids=str
)
def test_the_two_heads_that_write_the_name_are_needed(removed, right) -> None:
    said = 0
    for text, story in HUNDRED:
        ids = ids_of(text, story)
        with ExitStack() as patches:
            for head in removed:
                patch = patch_head(MODEL, 3, head, ids.shape[1] - 1, torch.zeros(32))
                patches.enter_context(patch)
            said += MODEL(ids)[0, -1].argmax().item() == first(story.friend.name)
    assert said == right


@pytest.mark.ci
def test_the_swap_names_the_friend_in_other_stories_too() -> None:
    named = 0
    for text, story in stories_before_questions(200)[100:]:
        asked = text + wish_of(story).format(story.hero.name)
        other = f"{text}Whom did {story.hero.name} meet?"
        said = answer(MODEL, TOKENIZER, asked, other, [(0, 2)])
        named += said == story.friend.name
    assert named == 89


def test_a_relu_layer_untangles_one_mixture_that_a_matrix_cannot() -> None:
    """Unequal weights for three roles: what a feed-forward layer adds to one head."""
    casts = [torch.eye(3)[list(p)] for p in itertools.permutations(range(3))]
    target = torch.stack([cast.flatten() for cast in casts])  # friend, hero, at home
    mixtures = torch.stack([torch.tensor([0.5, 0.3, 0.1]) @ cast for cast in casts])
    named = (mixtures @ torch.linalg.pinv(mixtures) @ target).unflatten(1, (3, 3))
    right = named.argmax(-1) == target.unflatten(1, (3, 3)).argmax(-1)
    assert right.all(0).tolist() == [True, False, True]

    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(3, 16, generator=generator)
    bias = torch.randn(16, generator=generator) / 4
    hidden = (mixtures @ hidden + bias).relu().double()
    fitted = hidden @ torch.linalg.pinv(hidden) @ target.double()
    assert (fitted - target).abs().max() < 1e-6
