import math

import pytest
import torch

from llm_foundations.models.word_vectors import (
    SkipGram,
    WordVectors,
    fit_skip_gram,
    neighbor_counts,
    noise_distribution,
    skip_gram_pairs,
    train_skip_gram,
)


def test_loss_by_hand_and_its_gradient() -> None:
    model = SkipGram(3, 1)
    with torch.no_grad():
        model.centers.weight.copy_(torch.tensor([[1.0], [0.0], [0.0]]))
        model.contexts.weight.copy_(torch.tensor([[0.0], [2.0], [-3.0]]))
    loss = model.loss(torch.tensor([0]), torch.tensor([1]), torch.tensor([[2, 2]]))

    def sigmoid(x: float) -> float:
        return 1 / (1 + math.exp(-x))

    expected = -math.log(sigmoid(2)) - 2 * math.log(sigmoid(3))
    assert loss.item() == pytest.approx(expected, rel=1e-6)
    loss.backward()
    # (sigma(2) - 1) * 2 for the neighbour, sigma(-3) * -3 for each random word
    slope = (sigmoid(2) - 1) * 2 + 2 * sigmoid(-3) * -3
    assert model.centers.weight.grad[0].item() == pytest.approx(slope, rel=1e-5)


def test_the_optimum_is_the_shifted_mutual_information() -> None:
    """Levy and Goldberg (2014): at PMI - log k the exact gradient is nothing."""
    pairs = torch.tensor([[0, 0], [0, 0], [0, 1], [1, 0], [1, 1], [1, 1], [1, 1]])
    k, n = 3, len(pairs)
    joint = torch.zeros(2, 2).index_put((pairs[:, 0], pairs[:, 1]), torch.ones(n), True)
    pmi = (joint * n / (joint.sum(1, keepdim=True) * joint.sum(0))).log()
    model = SkipGram(2, 2)
    with torch.no_grad():
        model.centers.weight.copy_(torch.eye(2))
        model.contexts.weight.copy_((pmi - math.log(k)).T)
    # Each pair with each second word of the corpus as its k random words.
    centers, contexts = pairs.repeat_interleave(n, 0).unbind(1)
    noise = pairs[:, 1].repeat(n)[:, None].expand(-1, k)
    model.loss(centers, contexts, noise).backward()
    for table in (model.centers, model.contexts):
        torch.testing.assert_close(table.weight.grad, torch.zeros(2, 2))


def test_pairs_by_hand() -> None:
    pairs = skip_gram_pairs([[1, 2, 3, 4], [5], []], window=2).tolist()
    near = [(a, b) for a in range(1, 5) for b in range(1, 5) if 0 < abs(a - b) <= 2]
    assert sorted(map(tuple, pairs)) == near
    assert skip_gram_pairs([], window=1).shape == (0, 2)


def test_noise_flattens_the_counts() -> None:
    noise = noise_distribution(torch.tensor([81, 16, 0]))
    torch.testing.assert_close(noise, torch.tensor([27.0, 8.0, 0.0]) / 35)
    plain = noise_distribution(torch.tensor([3, 1]), power=1)
    assert plain.tolist() == [0.75, 0.25]


def test_training_puts_words_of_one_kind_together() -> None:
    words = ["cat", "dog", "hen", "red", "blue", "pink", "the", "ran", "box"]
    documents = [[6, animal, 7] for animal in range(3)]
    documents += [[6, colour, 8] for colour in range(3, 6)]
    model = SkipGram(9, 8, torch.Generator().manual_seed(0))
    pairs = skip_gram_pairs(documents, window=2)
    losses = train_skip_gram(
        model, pairs, n_steps=150, generator=torch.Generator().manual_seed(0)
    )
    assert losses[0] == pytest.approx(6 * math.log(2), rel=1e-3)  # six coins
    assert sum(losses[-20:]) / 20 < 3
    vectors = WordVectors(words, model.centers.weight.detach())
    assert {word for word, _ in vectors.nearest("cat", k=2)} == {"dog", "hen"}
    assert {word for word, _ in vectors.nearest("pink", k=2)} == {"red", "blue"}


def test_training_is_the_same_for_the_same_seed() -> None:
    def run() -> list[float]:
        model = SkipGram(4, 2, torch.Generator().manual_seed(1))
        generator = torch.Generator().manual_seed(2)
        pairs = skip_gram_pairs([[0, 1, 2, 3]], window=1)
        return train_skip_gram(model, pairs, n_steps=3, generator=generator)

    assert run() == run()


def test_nearest_and_analogy_by_hand() -> None:
    table = torch.tensor(
        [[1.0, 0, 0], [0, 1, 0], [2, 0, 2], [0, 3, 3], [0.4, -1, -1], [-1, 1, 0]]
    )
    words = ["man", "woman", "king", "queen", "box", "hen"]
    vectors = WordVectors(words, table)
    (word, cosine), *rest = vectors.nearest("man", k=9)
    assert (word, len(rest)) == ("king", 4)
    assert cosine == pytest.approx(0.5**0.5)
    assert vectors.similarity("king", "queen") == pytest.approx(0.5)
    assert vectors.analogy("man", "king", "woman")[0][0] == "queen"
    assert vectors["king"].tolist() == [2, 0, 2]


def test_errors() -> None:
    with pytest.raises(ValueError, match="2 words, 1 of them different, and 2 vectors"):
        WordVectors(["a", "a"], torch.zeros(2, 1))
    with pytest.raises(ValueError, match="got 0"):
        skip_gram_pairs([[1]], window=0)
    pairs = torch.empty(0, 2, dtype=torch.long)
    with pytest.raises(ValueError, match="no pair"):
        train_skip_gram(SkipGram(2, 2), pairs, n_steps=1, generator=torch.Generator())
    with pytest.raises(KeyError, match="dog"):
        WordVectors(["cat"], torch.ones(1, 2)).nearest("dog")


def test_neighbor_counts_are_the_pairs_counted() -> None:
    documents = [[0, 1, 2, 1], [2, 2]]
    expected = torch.zeros(4, 4)
    for a, b in skip_gram_pairs(documents, window=2).tolist():
        expected[a, b] += 1
    assert torch.equal(neighbor_counts(documents, 4, window=2), expected)
    with pytest.raises(ValueError, match="id 2 is not below 2"):
        neighbor_counts(documents, 2, window=1)


def test_the_loss_over_all_pairs_is_the_mean_of_the_drawn_one() -> None:
    counts = torch.tensor([[0.0, 3, 1], [3, 2, 0], [1, 0, 4]])
    model = SkipGram(3, 4, torch.Generator().manual_seed(0))
    with torch.no_grad():
        model.contexts.weight.copy_(torch.randn(3, 4, generator=_seeded()))
    drawn = SkipGram(3, 4)
    drawn.load_state_dict(model.state_dict())
    (exact,) = fit_skip_gram(model, counts, n_steps=1, n_negatives=2)
    ids = torch.cartesian_prod(torch.arange(3), torch.arange(3))
    ids = ids.repeat_interleave(counts.flatten().long(), dim=0)
    ids = ids.repeat(2000, 1)
    noise = noise_distribution(counts.sum(0)).expand(len(ids), -1)
    with torch.no_grad():
        negatives = torch.multinomial(noise, 2, replacement=True, generator=_seeded())
        loss = drawn.loss(ids[:, 0], ids[:, 1], negatives).item()
    assert exact == pytest.approx(loss, abs=0.02)


def _seeded() -> torch.Generator:
    return torch.Generator().manual_seed(1)


def test_training_on_all_pairs_begins_with_coins_and_learns() -> None:
    counts = neighbor_counts([[0, 1], [2, 3]] * 5, 4, window=1)
    model = SkipGram(4, 3, torch.Generator().manual_seed(0))
    losses = fit_skip_gram(model, counts, n_steps=60)
    assert losses[0] == pytest.approx(6 * math.log(2), rel=1e-3)
    assert losses[-1] < losses[0] / 1.5
    with pytest.raises(ValueError, match="no pair"):
        fit_skip_gram(model, torch.zeros(4, 4), n_steps=1)
