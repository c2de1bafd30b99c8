"""Each probe asks what the language knows there, and who says that is right."""

from functools import cache
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from llm_foundations.data.stories.language import Language
from llm_foundations.data.stories.phrases import BANKS, NUMBERS
from llm_foundations.evaluation.skills import SKILLS, Probe, probes, skill_rates

LANGUAGE = Language("tiny")
N = 10


@cache
def all_probes() -> dict[str, list[Probe]]:
    return probes(LANGUAGE, N)


class Bytes:
    vocab_size, special_tokens = 256, {}

    def encode(self, text: str) -> list[int]:
        return list(text.encode())

    def decode(self, ids) -> str:
        return bytes(ids).decode()


class Parrot(nn.Module):
    """Goes on with the text that belongs to a prompt, a byte at a time."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__()
        self.texts = texts

    def new_cache(self) -> SimpleNamespace:
        return SimpleNamespace(length=0, rows=[])

    def features(self, ids, real, positions, cache) -> torch.Tensor:
        cache.rows = torch.cat((*([cache.rows] if cache.length else []), ids), 1)
        cache.length = cache.rows.shape[1]
        said = [bytes(row).strip(b"\0").decode() for row in cache.rows.tolist()]
        following = torch.tensor([ord(self.following(text)) for text in said])
        return nn.functional.one_hot(following, 256).float()[:, None]

    def following(self, said: str) -> str:
        fitting = (text for text in self.texts if text.startswith(said))
        return next(fitting, said + "#").ljust(len(said) + 1, "#")[len(said)]

    def head(self, features: torch.Tensor) -> torch.Tensor:
        return features


def test_there_are_as_many_as_asked_and_each_goes_on_as_the_language_can() -> None:
    assert all_probes().keys() == SKILLS.keys()
    for asked in all_probes().values():
        assert len(asked) == N
        for prompt, likeliest in asked:
            for text in likeliest:
                assert LANGUAGE.continuations(prompt + text)


def test_facts_ask_for_the_home_that_belongs_to_the_name() -> None:
    homes = {who.name: who.home for who in LANGUAGE.world.characters}
    for prompt, likeliest in all_probes()["facts"]:
        (name,) = [name for name in homes if name in prompt.rsplit(" lived", 1)[0]]
        assert likeliest == (f" {homes[name]}",)


def test_bank_asks_for_any_sentence_of_one_sense() -> None:
    senses = [
        {f" {sentence.rstrip().format(He=he)}" for sentence in sentences}
        for sentences in BANKS.values()
        for he in ("He", "She")
    ]
    for _, likeliest in all_probes()["bank"]:
        assert set(likeliest) in senses


def test_songs_ask_for_the_line_that_was_sung() -> None:
    for prompt, likeliest in all_probes()["songs"]:
        assert likeliest == (f' {prompt.split(chr(34))[-1][:-1]}!"',)


def test_sums_ask_for_the_right_number() -> None:
    for prompt, (said,) in all_probes()["sums"]:
        words = prompt.split(" counted ")[1].replace(",", "").split(" ")
        first, second = [NUMBERS.index(word) for word in words if word in NUMBERS][:2]
        total = first + second if "more" in words else first - second
        assert said.split(" ")[-1] == f"{NUMBERS[total]}."


def test_answers_ask_the_last_question_of_stories_for_validation() -> None:
    told = [
        Probe(
            story.text[: story.text.rindex("?") + 1], (f" {story.questions[-1][1]}.",)
        )
        for story in LANGUAGE.stories("validation", N)
    ]
    assert all_probes()["answers"] == told


@pytest.mark.parametrize("skill", SKILLS)
def test_who_knows_half_of_it_is_right_half_of_the_time(skill: str) -> None:
    asked = list(dict.fromkeys(all_probes()[skill]))[:4]
    known = [prompt + likeliest[-1] for prompt, likeliest in asked]
    for n, rate in ((0, 0.0), (2, 0.5), (4, 1.0)):
        rates = skill_rates(Parrot(known[:n]), Bytes(), 0, {skill: asked})
        assert rates == {skill: rate}


def test_a_beginning_of_the_right_text_is_not_enough() -> None:
    asked = {"sums": [Probe("six", (" sixteen.",))]}
    assert skill_rates(Parrot(["six sixtee"]), Bytes(), 0, asked) == {"sums": 0}


def test_at_least_one_probe_is_needed() -> None:
    with pytest.raises(ValueError, match="n must be at least 1, got 0"):
        probes(LANGUAGE, 0)
