"""One vector a word, learned from the company that it keeps.

Reference:
    Mikolov et al. (2013), "Distributed Representations of Words and Phrases and
    their Compositionality", <https://arxiv.org/abs/1310.4546>
"""

from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Float, Int, Num
from torch import Tensor, nn
from torch.nn import functional as F


class SkipGram(nn.Module):
    r"""Two tables of vectors that tell true neighbours from words drawn at random.

    For a word $w$, a word $c$ that stood near it and $k$ random ones $n_i$ the loss
    is $-\log \sigma(v_w \cdot u_c) - \sum_i \log \sigma(-v_w \cdot u_{n_i})$
    (equation 4). It is least where $v_w \cdot u_c$ is the pointwise mutual
    information of the two words minus $\log k$, if the random words are drawn as
    often as they occur (Levy and Goldberg, 2014).

    Args:
        vocab_size: The number of different words.
        d_model: The width of a vector.
        generator: The source of the first vectors.
    """

    def __init__(
        self, vocab_size: int, d_model: int, generator: torch.Generator | None = None
    ) -> None:
        """Draw the initial vectors."""
        super().__init__()
        self.centers = nn.Embedding(vocab_size, d_model)
        self.contexts = nn.Embedding(vocab_size, d_model)
        # As in the authors' program: no neighbour is preferred to begin with.
        nn.init.uniform_(
            self.centers.weight, -0.5 / d_model, 0.5 / d_model, generator=generator
        )
        nn.init.zeros_(self.contexts.weight)

    def forward(
        self, center_ids: Int[Tensor, " B"], context_ids: Int[Tensor, "B K"]
    ) -> Float[Tensor, "B K"]:
        """Score how well words go together: logits, positive for neighbours."""
        centers = self.centers(center_ids)[:, :, None]  # (B, C, 1)
        scores: Tensor = self.contexts(context_ids) @ centers
        return scores.squeeze(-1)

    def loss(
        self,
        center_ids: Int[Tensor, " B"],
        context_ids: Int[Tensor, " B"],
        negative_ids: Int[Tensor, "B K"],
    ) -> Float[Tensor, ""]:
        """Return the mean loss, in nats per pair.

        Args:
            center_ids: The words.
            context_ids: For each a word that stood near it.
            negative_ids: For each some words drawn at random.
        """
        near = F.logsigmoid(self(center_ids, context_ids[:, None])).sum(-1)
        far = F.logsigmoid(-self(center_ids, negative_ids)).sum(-1)
        return -(near + far).mean()


class WordVectors:
    """Words, their vectors, and questions about them.

    Args:
        words: The words; all different.
        vectors: One for each.

    Raises:
        ValueError: If there are not as many words as vectors, or two are the same.

    Examples:
        >>> rows = [[1.0, 0, 0], [0, 1, 0], [1, 0, 1], [0, 1, 1], [1, 1, 0]]
        >>> table = torch.tensor(rows)
        >>> words = WordVectors(["man", "woman", "king", "queen", "fox"], table)
        >>> [word for word, cosine in words.nearest("king", k=1)]
        ['man']
        >>> [word for word, cosine in words.analogy("man", "king", "woman")]
        ['queen']
    """

    def __init__(self, words: Sequence[str], vectors: Float[Tensor, "V C"]) -> None:
        """Keep the words and their vectors."""
        self.ids = {word: i for i, word in enumerate(words)}
        if not len(self.ids) == len(words) == len(vectors):
            raise ValueError(
                f"{len(words)} words, {len(self.ids)} of them different, "
                f"and {len(vectors)} vectors"
            )
        self.words, self.vectors = list(words), vectors
        self.directions = F.normalize(vectors, dim=-1)

    def __getitem__(self, word: str) -> Float[Tensor, " C"]:
        """Return the vector of a word.

        Raises:
            KeyError: If the word has none.
        """
        return self.vectors[self.ids[word]]

    def similarity(self, a: str, b: str) -> float:
        """Return the cosine of the angle between two words."""
        return (self.directions[self.ids[a]] @ self.directions[self.ids[b]]).item()

    def nearest(self, word: str, k: int = 5) -> list[tuple[str, float]]:
        """Return the `k` words whose vectors point most nearly the same way."""
        return self._closest(self[word], k, without=[word])

    def analogy(self, a: str, b: str, c: str, k: int = 1) -> list[tuple[str, float]]:
        """Return what is to `c` as `b` is to `a`: the nearest to `b - a + c`.

        The three words themselves are left out, as is the custom; without that,
        the answer is often one of them.

        Reference:
            Mikolov, Yih and Zweig (2013), <https://aclanthology.org/N13-1090>;
            Linzen (2016) on what leaving words out hides,
            <https://arxiv.org/abs/1606.07736>
        """
        directions = {word: self.directions[self.ids[word]] for word in (a, b, c)}
        target = directions[b] - directions[a] + directions[c]
        return self._closest(target, k, without=[a, b, c])

    def _closest(
        self, vector: Float[Tensor, " C"], k: int, without: Iterable[str]
    ) -> list[tuple[str, float]]:
        cosines = self.directions @ F.normalize(vector, dim=0)
        cosines[[self.ids[word] for word in without]] = float("-inf")
        values, ids = cosines.topk(min(k, len(self.words) - len(set(without))))
        return [
            (self.words[i], value)
            for i, value in zip(ids.tolist(), values.tolist(), strict=True)
        ]


def skip_gram_pairs(
    documents: Iterable[Sequence[int]], window: int
) -> Int[Tensor, "P 2"]:
    """Return each word with each neighbour at most `window` words away.

    Raises:
        ValueError: If `window` is less than 1.

    Examples:
        >>> skip_gram_pairs([[7, 8, 9]], window=1).tolist()
        [[7, 8], [8, 9], [8, 7], [9, 8]]
    """
    if window < 1:
        raise ValueError(f"window must be at least 1, got {window}")
    pairs = [torch.empty(0, 2, dtype=torch.long)]
    for document in documents:
        ids = torch.tensor(document, dtype=torch.long)
        for distance in range(1, min(window, len(ids) - 1) + 1):
            forward = torch.stack([ids[:-distance], ids[distance:]], dim=1)
            pairs += [forward, forward.flip(1)]
    return torch.cat(pairs)


def neighbor_counts(
    documents: Iterable[Sequence[int]], vocab_size: int, window: int
) -> Float[Tensor, "V V"]:
    """Return how often each word stood at most `window` words away from each other.

    Raises:
        ValueError: If `window` is less than 1, or an id is not below `vocab_size`.

    Examples:
        >>> neighbor_counts([[0, 1, 0]], vocab_size=2, window=1).tolist()
        [[0.0, 2.0], [2.0, 0.0]]
    """
    pairs = skip_gram_pairs(documents, window)
    if len(pairs) and pairs.max() >= vocab_size:
        raise ValueError(f"id {int(pairs.max())} is not below {vocab_size}")
    flat = pairs[:, 0] * vocab_size + pairs[:, 1]
    counts = flat.bincount(minlength=vocab_size**2)
    return counts.view(vocab_size, vocab_size).float()


def noise_distribution(
    counts: Num[Tensor, " V"], power: float = 0.75
) -> Float[Tensor, " V"]:
    """Return the probabilities with which random words are drawn.

    With a power below 1 rare words are drawn more often than they occur; 3/4 is
    what the authors found best (section 2.2).

    Examples:
        >>> noise_distribution(torch.tensor([16, 1, 0])).tolist()
        [0.8888888955116272, 0.1111111119389534, 0.0]
    """
    weights = counts.to(torch.float32) ** power
    return weights / weights.sum()


def train_skip_gram(  # noqa: PLR0913
    model: SkipGram,
    pairs: Int[Tensor, "P 2"],
    *,
    n_steps: int,
    generator: torch.Generator,
    batch_size: int = 256,
    n_negatives: int = 5,
    learning_rate: float = 0.01,
) -> list[float]:
    """Train the vectors in place, with Adam, on pairs drawn at random.

    Args:
        model: Its tables are changed.
        pairs: From `skip_gram_pairs`; the random words are drawn by how often words
            occur in their second column.
        n_steps: The number of changes.
        generator: The source of chance.
        batch_size: Pairs a step.
        n_negatives: Random words a pair; 5 to 20 for small corpora (section 2.2).
        learning_rate: The size of a step.

    Returns:
        The loss of each step.

    Raises:
        ValueError: If there is no pair.
    """
    if not len(pairs):
        raise ValueError("there is no pair to train on")
    vocab_size = model.contexts.num_embeddings
    noise = noise_distribution(pairs[:, 1].bincount(minlength=vocab_size))
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    losses = []
    for _ in range(n_steps):
        rows = torch.randint(len(pairs), (batch_size,), generator=generator)
        centers, contexts = pairs[rows].unbind(1)
        n_drawn = batch_size * n_negatives
        drawn = torch.multinomial(noise, n_drawn, replacement=True, generator=generator)
        loss = model.loss(centers, contexts, drawn.view(batch_size, n_negatives))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    return losses


def fit_skip_gram(
    model: SkipGram,
    counts: Float[Tensor, "V V"],
    *,
    n_steps: int,
    n_negatives: int = 5,
    learning_rate: float = 0.07,
) -> list[float]:
    """Train the vectors in place, with Adam, on all pairs in every step.

    The loss is what `train_skip_gram` has on average over all draws: instead of being
    drawn, each random word has its expected share. This needs a table of all pairs of
    words, so it is meant for small vocabularies.

    Args:
        model: Its tables are changed.
        counts: From `neighbor_counts`: a row for each word.
        n_steps: The number of training steps.
        n_negatives: Random words per pair.
        learning_rate: The learning rate of Adam.

    Returns:
        The loss of each step, in nats per pair.

    Raises:
        ValueError: If there is no pair.
    """
    if not counts.sum() > 0:
        raise ValueError("there is no pair to train on")
    near = counts / counts.sum()
    noise = n_negatives * near.sum(1, keepdim=True) * noise_distribution(counts.sum(0))
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    losses = []
    for _ in range(n_steps):
        scores = model.centers.weight @ model.contexts.weight.T
        # -log sigmoid(x) = softplus(x) - x, and -log sigmoid(-x) = softplus(x).
        loss = ((near + noise) * F.softplus(scores) - near * scores).sum()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    return losses
