"""What word vectors learn from the stories, measured for the lesson on embeddings."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from llm_foundations.data.stories import phrases, vocabulary
from llm_foundations.data.stories.language import Language
from llm_foundations.data.stories.record import Story
from llm_foundations.models.storyteller import load_storyteller
from llm_foundations.models.word_vectors import (
    SkipGram,
    WordVectors,
    fit_skip_gram,
    neighbor_counts,
)

N_STORIES = 3000
"""How many stories the vectors are trained on."""
MIN_COUNT = 40
"""How often a word must occur to get a vector."""


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, without punctuation.

    Examples:
        >>> words_of("Pip's hat? It was gone!")
        ['pip', 's', 'hat', 'it', 'was', 'gone']
    """
    return re.findall(r"[a-z]+", text.lower())


@cache
def small_language() -> Language:
    """Return the language of the stories."""
    return Language("small")


@cache
def training_stories() -> list[Story]:
    """Return the stories that the vectors are trained on."""
    return list(small_language().stories("train", N_STORIES))


def number_words(texts: list[list[str]]) -> tuple[list[str], list[list[int]]]:
    """Number the words that occur often enough, the most frequent first."""
    counts = Counter(word for text in texts for word in text)
    words = [word for word, n in counts.most_common() if n >= MIN_COUNT]
    ids = {word: i for i, word in enumerate(words)}
    return words, [[ids[word] for word in text if word in ids] for text in texts]


@cache
def story_words() -> tuple[list[str], list[list[int]]]:
    """Return the words of 3,000 training stories that occur 40 times or more.

    Returns:
        The words, the most frequent first, and each story as the ids of its words.
        Rarer words are left out.
    """
    return number_words([words_of(story.text) for story in training_stories()])


@cache
def story_counts(window: int = 3) -> tuple[list[str], Float[Tensor, "V V"]]:
    """Return the words of the stories, and how often each stood near each.

    Args:
        window: How far apart two words may stand to be counted as neighbors.
    """
    words, documents = story_words()
    return words, neighbor_counts(documents, len(words), window)


@cache
def story_vectors(
    window: int = 3, d_model: int = 64, seed: int = 0, n_steps: int = 100
) -> WordVectors:
    """Train one vector per word on the stories. This takes a few seconds.

    Args:
        window: How far apart two words may stand to be counted as neighbors.
        d_model: How many components a vector has.
        seed: The source of the random vectors that training begins with.
        n_steps: The number of training steps.
    """
    return train_vectors(*story_counts(window), d_model, seed, n_steps)


def train_vectors(
    words: list[str],
    counts: Float[Tensor, "V V"],
    d_model: int = 64,
    seed: int = 0,
    n_steps: int = 100,
) -> WordVectors:
    """Train one vector per word on counts of neighbors."""
    generator = torch.Generator().manual_seed(seed)
    model = SkipGram(len(words), d_model, generator)
    fit_skip_gram(model, counts, n_steps=n_steps)
    return WordVectors(words, model.centers.weight.detach())


@cache
def word_classes() -> dict[str, str]:
    """Return the class of each word that has exactly one in the stories' grammar.

    Examples:
        >>> classes = word_classes()
        >>> classes["duck"], classes["forest"], "blue" in classes
        ('animal', 'place', True)
    """
    classes = {
        "animal": [species.name for species in vocabulary.SPECIES],
        "way to go": [*vocabulary.VERBS, *(it.gait for it in vocabulary.SPECIES)],
        "thing": [thing.name for thing in vocabulary.THINGS],
        "adjective": [a for thing in vocabulary.THINGS for a in thing.adjectives],
        "place": [place.name for place in vocabulary.PLACES],
        "countable": [it for place in vocabulary.PLACES for it in place.countables],
        "food": [food.split()[-1] for food in vocabulary.FOODS],
        "number": phrases.NUMBERS,
        "worker": phrases.WORKERS,
        "feeling": phrases.FEELINGS,
        "syllable": phrases.SYLLABLES,
        "name": [
            character.name.lower() for character in small_language().world.characters
        ],
    }
    n_classes = Counter(word for words in classes.values() for word in set(words))
    return {
        word: name
        for name, words in classes.items()
        for word in words
        if n_classes[word] == 1
    }


def class_rate(words: Sequence[str], vectors: Float[Tensor, "V C"]) -> float:
    """Return how often a word's nearest neighbor by cosine is of its own class.

    Only words that have a class are asked, names excepted; the neighbor may be any.
    """
    classes = word_classes()
    directions = F.normalize(vectors, dim=1)
    cosines = (directions @ directions.T).fill_diagonal_(-torch.inf)
    asked = [i for i, w in enumerate(words) if classes.get(w, "name") != "name"]
    nearest = cosines.argmax(dim=1).tolist()
    hits = [classes[words[i]] == classes.get(words[nearest[i]]) for i in asked]
    return sum(hits) / len(hits)


def heroes_and_animals(n: int = 30) -> list[tuple[str, str]]:
    """Return the most frequent names with their animals, as in `("pip", "duck")`."""
    known, _ = story_words()
    found = [
        (character.name.lower(), character.species.name)
        for character in small_language().world.characters[:n]
    ]
    return [(name, animal) for name, animal in found if {name, animal} <= {*known}]


def things_and_deeds() -> list[tuple[str, str]]:
    """Return things with what their owner does, as in `("kite", "flew")`.

    Deeds that go with several things are left out, and so are rare ones.
    """
    known, _ = story_words()
    deeds = [(thing.name, thing.joy.split()[0]) for thing in vocabulary.THINGS]
    n_things = Counter(deed for _, deed in deeds)
    return [(a, b) for a, b in deeds if n_things[b] == 1 and {a, b} <= {*known}]


@dataclass(frozen=True)
class AnalogyRates:
    """How often analogies come out right, as shares of all that were tried."""

    n: int
    """How many were tried."""
    without_inputs: float
    """Right if the three words of the question may not be the answer."""
    with_inputs: float
    """Right if every word may be the answer."""
    is_input: float
    """The answer is a word of the question, if every word may be."""


def analogy_rates(
    vectors: WordVectors, pairs: Sequence[tuple[str, str]]
) -> AnalogyRates:
    """Try `a` is to `b` as `c` is to what, for each two of the pairs.

    Args:
        vectors: The words and their vectors.
        pairs: Words with one relation between them, as in `("pip", "duck")`.
    """
    questions = [(*p, *q) for p, q in permutations(pairs, 2) if p[1] != q[1]]
    ids = torch.tensor([[vectors.ids[word] for word in four] for four in questions])
    a, b, c, answer = ids.T
    e = vectors.directions
    targets = F.normalize(e[b] - e[a] + e[c], dim=1) @ e.T
    first = targets.argmax(dim=1)
    inputs = ids[:, :3]
    return AnalogyRates(
        n=len(ids),
        without_inputs=_rate(targets.scatter(1, inputs, -2).argmax(1) == answer),
        with_inputs=_rate(first == answer),
        is_input=_rate((first[:, None] == inputs).any(dim=1)),
    )


def nearest_answer_rate(
    vectors: WordVectors, pairs: Sequence[tuple[str, str]]
) -> float:
    """Guess the second word of each pair without any step, and return how often right.

    The guess is the nearest to the first word among the second words of all pairs.

    Args:
        vectors: The words and their vectors.
        pairs: Words with one relation between them, as in `("pip", "duck")`.
    """
    answers = sorted({answer for _, answer in pairs})
    firsts, seconds = (
        vectors.directions[[vectors.ids[word] for word in words]]
        for words in ([word for word, _ in pairs], answers)
    )
    right = torch.tensor([answers.index(answer) for _, answer in pairs])
    return _rate((firsts @ seconds.T).argmax(dim=1) == right)


def _rate(hits: Tensor) -> float:
    return hits.float().mean().item()


def neighbors_of_names(vectors: WordVectors) -> dict[str, float]:
    """Return what the nearest neighbor of a hero's name is, as shares.

    It may be another `name`, the hero's own `animal`, another `fact` about the hero
    (a word of the home, the food, the fear or the favorite thing), or `other`.
    """
    classes, found = word_classes(), Counter[str]()
    small = {"a", "an", "at", "behind", "by", "in", "of", "on", "the", "than", "under"}
    for hero in small_language().world.characters:
        if (name := hero.name.lower()) not in vectors.ids:
            continue
        word = vectors.nearest(name, 1)[0][0]
        about = f"{hero.home} {hero.food} {hero.fear} {hero.thing.name}"
        kinds = {
            "name": classes.get(word) == "name",
            "animal": word == hero.species.name,
            "fact": word in {*words_of(about)} - small,
            "other": True,
        }
        found[next(kind for kind, holds in kinds.items() if holds)] += 1
    return {kind: n / found.total() for kind, n in found.items()}


def principal_plane(vectors: Float[Tensor, "B C"]) -> Float[Tensor, "B 2"]:
    """Project vectors to the plane in which they differ most (PCA).

    Examples:
        >>> flat = principal_plane(torch.tensor([[3.0, 1, 5], [1, 1, 5], [2, 1, 5]]))
        >>> tuple(flat.shape), bool(flat[:, 1].abs().max() < 1e-6)
        ((3, 2), True)
    """
    centered = vectors - vectors.mean(dim=0)
    _, _, axes = torch.linalg.svd(centered, full_matrices=False)
    return centered @ axes[:2].T


def map_of_analogy(
    vectors: WordVectors, inputs: tuple[str, str, str], others: tuple[str, str]
) -> list[tuple[float, float]]:
    """Place `b - a + c`, `b` and two other words in a plane.

    All distances from `b` are true, and so are all from `b - a + c`.

    Args:
        vectors: The words and their vectors.
        inputs: `a`, `b` and `c`.
        others: Two words, the first to the right of `b`, the second to the left.

    Returns:
        The points of `b - a + c`, of `b`, which is (0, 0), and of the two others.
    """
    a, b, c, *rest = (
        vectors.directions[vectors.ids[word]] for word in (*inputs, *others)
    )
    step, to_first = c - a, rest[0] - b
    length = step.norm().item()
    x = (step @ to_first / to_first.norm()).item()
    y = (length**2 - x**2) ** 0.5
    # The second lies where two circles meet, one around b, one around the target.
    from_b = (rest[1] - b).norm().item()
    from_target = (rest[1] - b - step).norm().item()
    along = (from_b**2 - from_target**2 + length**2) / (2 * length)
    across = (from_b**2 - along**2) ** 0.5
    second = (along * x - across * y) / length, (along * y + across * x) / length
    return [(x, y), (0.0, 0.0), (to_first.norm().item(), 0.0), second]


def nearest_tokens_to_names() -> dict[str, tuple[str, str]]:
    """Find the nearest token to each name, in the storyteller's embedding matrix.

    Returns:
        For each name of a hero that is a single token: the hero's animal, and the
        token whose row has the largest cosine similarity, with its leading space.
    """
    model, tokenizer = load_storyteller()
    rows = F.normalize(model.token_embedding.weight.detach(), dim=1)
    found = {}
    for hero in small_language().world.characters:
        ids = tokenizer.encode_ordinary(f" {hero.name}")
        if len(ids) == 1:
            cosines = (rows @ rows[ids[0]]).index_fill(0, torch.tensor(ids), -1)
            nearest = tokenizer.decode([int(cosines.argmax())])
            found[hero.name] = (hero.species.name, nearest)
    return found


__all__ = [
    "AnalogyRates",
    "analogy_rates",
    "class_rate",
    "heroes_and_animals",
    "map_of_analogy",
    "nearest_answer_rate",
    "nearest_tokens_to_names",
    "neighbors_of_names",
    "principal_plane",
    "story_counts",
    "story_vectors",
    "story_words",
    "things_and_deeds",
    "word_classes",
    "words_of",
]
