"""What the lesson on embeddings says of vectors trained on the stories."""

import pytest
import torch
from torch.nn import functional as F

from llm_foundations.experiments import (
    analogy_rates,
    class_rate,
    heroes_and_animals,
    nearest_tokens_to_names,
    neighbors_of_names,
    principal_plane,
    story_counts,
    story_vectors,
    story_words,
    things_and_deeds,
    word_classes,
)
from llm_foundations.models import SkipGram, WordVectors, fit_skip_gram


def test_words_are_numbered_by_frequency() -> None:
    words, documents = story_words()
    assert words[0] == "the"
    assert len(words) == 701
    assert len(documents) == 3000
    assert max(map(max, documents)) == 700


def test_counts_are_symmetric() -> None:
    words, counts = story_counts()
    assert torch.equal(counts, counts.T)
    duck, named = words.index("duck"), words.index("named")
    assert counts[duck, named] == 125


def test_one_hot_vectors_have_no_neighbors_and_counts_have() -> None:
    words, counts = story_counts()
    assert class_rate(words, counts) == pytest.approx(0.93, abs=0.01)
    scores = counts @ counts.T
    nearest = scores.fill_diagonal_(0).argmax(dim=1)
    assert (nearest == words.index("the")).float().mean() > 0.9


def test_vectors_know_the_classes() -> None:
    vectors = story_vectors()
    assert class_rate(vectors.words, vectors.vectors) > 0.93
    assert vectors.similarity("duck", "goat") > vectors.similarity("duck", "she") + 0.3
    assert {word_classes()[word] for word, _ in vectors.nearest("duck")} == {"animal"}
    assert vectors.similarity("glad", "lonely") > 0.8  # opposites are alike


@pytest.mark.ci
def test_king_minus_he_plus_she_is_king() -> None:
    """The claim of the opening: never the queen, with ten seeds."""
    for seed in range(10):
        vectors = story_vectors(seed=seed)
        e, ids = vectors.directions, vectors.ids
        target = e[ids["king"]] - e[ids["he"]] + e[ids["she"]]
        cosines = e @ F.normalize(target, dim=0)
        assert vectors.words[int(cosines.argmax())] == "king"
        assert vectors.analogy("he", "king", "she")[0][0] != "queen"


@pytest.mark.ci
def test_analogies_depend_on_what_may_be_the_answer() -> None:
    for seed in range(4):
        vectors = story_vectors(seed=seed)
        heroes = analogy_rates(vectors, heroes_and_animals())
        deeds = analogy_rates(vectors, things_and_deeds())
        assert (heroes.n, deeds.n) == (848, 90)
        assert 0.6 < heroes.without_inputs < 0.85
        assert 0.4 < deeds.without_inputs < 0.6
        assert 0.1 < deeds.with_inputs < 0.3
        assert deeds.is_input > 0.6
        assert heroes.with_inputs < heroes.without_inputs
        assert max(heroes.nearest_to_b, deeds.nearest_to_b) < 0.05


@pytest.mark.ci
def test_a_wider_window_makes_analogies_better() -> None:
    for seed in range(3):
        two, five = (
            analogy_rates(story_vectors(window, seed=seed), heroes_and_animals())
            for window in (2, 5)
        )
        assert 0.33 < two.without_inputs < 0.5
        assert 0.08 < two.with_inputs < 0.25
        assert min(five.without_inputs, five.with_inputs) > 0.75


@pytest.mark.ci
def test_a_wide_window_makes_names_neighbors_of_what_is_told_of_them() -> None:
    for seed in range(2):
        narrow = neighbors_of_names(story_vectors(3, seed=seed, n_steps=200))
        wide = neighbors_of_names(story_vectors(20, seed=seed, n_steps=200))
        longer = neighbors_of_names(story_vectors(20, seed=seed, n_steps=400))
        assert narrow == {"name": 1.0}
        assert wide["animal"] + wide["fact"] > 0.55
        assert longer["animal"] + longer["fact"] > 0.4


def test_the_storyteller_puts_names_beside_their_animals() -> None:
    found = nearest_tokens_to_names()
    assert len(found) == 15
    assert sum(token == f" {animal}" for animal, token in found.values()) == 12


def test_the_plane_keeps_what_differs_most() -> None:
    points = torch.tensor([[0.0, 0, 9], [4, 0, 0], [-4, 1, 0], [0, -1, -9]])
    flat = principal_plane(points)
    assert flat[:, 0].abs().argmax() % 3 == 0
    assert flat.shape == (4, 2)


def test_without_noise_words_everything_becomes_alike() -> None:
    words, counts = story_counts()
    for seed in range(3):
        model = SkipGram(len(words), 64, torch.Generator().manual_seed(seed))
        losses = fit_skip_gram(model, counts, n_steps=100, n_negatives=0)
        vectors = WordVectors(words, model.centers.weight.detach())
        assert losses[-1] < 1e-3
        assert vectors.similarity("duck", "soup") > 0.8
        assert (vectors.directions @ vectors.directions.T).mean() > 0.8
