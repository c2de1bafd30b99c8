"""What the lesson on embeddings says of vectors trained on the stories."""

from collections import Counter

import pytest
import torch
from torch.nn import functional as F

from llm_foundations.experiments import (
    analogy_rates,
    class_rate,
    heroes_and_animals,
    map_of_analogy,
    nearest_answer_rate,
    nearest_tokens_to_names,
    neighbors_of_names,
    principal_plane,
    story_counts,
    story_vectors,
    story_words,
    things_and_deeds,
    word_classes,
    words_of,
)
from llm_foundations.experiments.embeddings import training_stories
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
    assert class_rate(words, counts.log1p()) == pytest.approx(0.966, abs=0.005)
    scores = counts @ counts.T
    nearest = scores.fill_diagonal_(0).argmax(dim=1)
    assert (nearest == words.index("the")).float().mean() > 0.9


def test_a_random_neighbor_is_of_the_same_class_in_one_of_25_cases() -> None:
    words, _ = story_words()
    classes = [word_classes().get(word, "name") for word in words]
    n_of = Counter(name for name in classes if name != "name")
    assert n_of.total() == 232
    hits = sum(n * (n - 1) for n in n_of.values())
    assert hits / n_of.total() / (len(words) - 1) == pytest.approx(0.04, abs=0.003)


def test_king_and_queen_are_rare_and_share_no_royal_company() -> None:
    words, counts = story_counts()
    texts = [set(words_of(story.text)) for story in training_stories()]
    for word, n in (("king", 42), ("queen", 39)):
        assert sum(word in text for text in texts) == n
    king, queen = (counts[words.index(word)] for word in ("king", "queen"))
    shared = {words[i] for i in torch.minimum(king, queen).nonzero().flatten()}
    assert shared == {"a", "came", "nowhere", "next", "the", "along"}
    for table in (counts, counts.log1p()):
        answer = WordVectors(words, table).analogy("he", "king", "she")[0][0]
        assert answer == "carpenter"


def test_the_map_of_an_analogy_keeps_distances() -> None:
    vectors = story_vectors()
    names = ("he", "king", "she", "queen", "carpenter")
    he, king, she, *others = (vectors.directions[vectors.ids[w]] for w in names)
    target, *points = map(torch.tensor, map_of_analogy(vectors, names[:3], names[3:]))
    for point, vector in zip(points, (king, *others), strict=True):
        to_target = (vector - (king - he + she)).norm().item()
        assert (point - target).norm().item() == pytest.approx(to_target, abs=1e-3)
        to_king = (vector - king).norm().item()
        assert point.norm().item() == pytest.approx(to_king, abs=1e-3)


@pytest.mark.ci
def test_a_longer_step_misses_queen_too() -> None:
    for seed in range(3):
        vectors = story_vectors(seed=seed)
        e, ids = vectors.directions, vectors.ids
        assert vectors.nearest("king", 1)[0][0] == "carpenter"
        for times in range(1, 11):
            target = e[ids["king"]] + times * (e[ids["she"]] - e[ids["he"]])
            cosines = e @ target
            cosines[[ids[word] for word in ("he", "king", "she")]] = -torch.inf
            assert vectors.words[int(cosines.argmax())] != "queen"


@pytest.mark.ci
def test_trained_longer_twice_the_step_finds_queen() -> None:
    for seed in range(3):
        vectors = story_vectors(seed=seed, n_steps=300)
        e, ids = vectors.directions, vectors.ids
        cosines = e @ (e[ids["king"]] + 2 * (e[ids["she"]] - e[ids["he"]]))
        cosines[[ids[word] for word in ("he", "king", "she")]] = -torch.inf
        assert vectors.words[int(cosines.argmax())] == "queen"


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
    for seed in range(6):
        vectors = story_vectors(seed=seed)
        heroes = analogy_rates(vectors, heroes_and_animals())
        deeds = analogy_rates(vectors, things_and_deeds())
        assert (heroes.n, deeds.n) == (848, 90)
        assert 0.65 < heroes.without_inputs < 0.81
        assert 0.56 < heroes.with_inputs < 0.76
        assert 0.33 < deeds.without_inputs < 0.56
        assert 0.12 < deeds.with_inputs < 0.26
        assert deeds.is_input > 0.6
        assert heroes.with_inputs < heroes.without_inputs
        for rates, pairs in (
            (heroes, heroes_and_animals()),
            (deeds, things_and_deeds()),
        ):
            assert nearest_answer_rate(vectors, pairs) > rates.without_inputs


@pytest.mark.ci
def test_analogies_fade_with_longer_training() -> None:
    for n_steps, without, with_them in ((300, 0.43, 0.26), (1000, 0.20, 0.05)):
        vectors = story_vectors(n_steps=n_steps)
        rates = analogy_rates(vectors, heroes_and_animals())
        assert rates.without_inputs == pytest.approx(without, abs=0.03)
        assert rates.with_inputs == pytest.approx(with_them, abs=0.03)


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
    assert neighbors_of_names(story_vectors(3, n_steps=200)) == {"name": 1.0}
    measured = {
        100: (0.08, 0.58),
        200: (0.33, 0.24),
        400: (0.13, 0.40),
        1000: (0.13, 0.47),
    }
    for n_steps, (animal, name) in measured.items():
        wide = neighbors_of_names(story_vectors(20, n_steps=n_steps))
        assert wide["animal"] == pytest.approx(animal, abs=0.03)
        assert wide["name"] == pytest.approx(name, abs=0.03)


def test_the_storyteller_puts_names_beside_their_animals() -> None:
    found = nearest_tokens_to_names()
    assert len(found) == 15
    assert sum(token == f" {animal}" for animal, token in found.values()) == 12
    assert found["Bramble"] == ("hare", "are")
    assert found["Oswald"] == ("toad", "ad")


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
        assert 0.7 < class_rate(words, vectors.vectors) < 0.8
        assert vectors.similarity("duck", "soup") > 0.8
        assert (vectors.directions @ vectors.directions.T).mean() > 0.8
