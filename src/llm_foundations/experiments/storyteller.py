"""What the attention heads of the storyteller look at, and what each is worth.

Each *role* is a kind of place in a story where a model must fetch something from
earlier text. For every head, `head_roles` measures how much attention it pays there
to what must be fetched, and what the prediction loses when the head is ablated.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from llm_foundations.evaluation.tracing import ablate_heads, trace
from llm_foundations.models.llama import Llama
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer

END = "<|endoftext|>"
"""The token that begins and ends every story."""
ROLES = {
    "hero's name": r"(?:named|story of) (?P<key>\w+)\b.*?(?P<query>lived)",
    "song": r'"(?P<a>\w+ \w+) (?P<key>\w+).*?, (?P<query>(?P=a)) (?P=key)',
    "wanted thing": r"(?P<query>there (?:it was: an?|lay an?)) (?P<key>[\w ]+)",
    "answer: whom": r"(?P<query>Whom did \w+ meet\?) (?P<key>\w+)\.",
    "answer: who": r"(?P<query>Who (?:wanted|lost) the [\w ]+\?) (?P<key>\w+)\.",
}
"""For each role, a pattern: the model has read up to the end of `query`, and what comes
next depends on the earlier mentions of `key`."""


class Place(NamedTuple):
    """One position in a story where a role is needed."""

    role: str
    """Its name in `ROLES`."""
    story: int
    """Index of the story."""
    query: int
    """Index of the last token read."""
    keys: tuple[int, ...]
    """Indices of the tokens to fetch from."""


class HeadRole(NamedTuple):
    """What one head does at the places of one role."""

    layer: int
    """Counted from 0."""
    head: int
    """Counted from 0."""
    role: str
    """Its name in `ROLES`."""
    weight: float
    """Mean attention weight on the tokens to fetch from, between 0 and 1."""
    least: float
    """The smallest such weight of all places."""
    cost: float
    """How much the next token's surprisal rises without the head, mean in nats."""


def encode(tokenizer: BPETokenizer, text: str) -> list[int]:
    """Return the token ids of a story behind its start token."""
    return [tokenizer.special_tokens[END], *tokenizer.encode_ordinary(text)]


def encode_to_end(tokenizer: BPETokenizer, text: str) -> list[int]:
    """Return the token ids of a story and of its end."""
    return [*tokenizer.encode_ordinary(text), tokenizer.special_tokens[END]]


def find_places(tokenizer: BPETokenizer, texts: Sequence[str]) -> list[Place]:
    """Find every place of every role in the stories.

    Args:
        tokenizer: That of the model.
        texts: The stories.

    Examples:
        >>> from llm_foundations.models.storyteller import load_storyteller
        >>> tokenizer = load_storyteller()[1]
        >>> story = "Once there was a fox named Otto. He lived in the forest."
        >>> find_places(tokenizer, [story])[0].role
        "hero's name"
    """
    return [
        Place(role, i, *found)
        for i, text in enumerate(texts)
        for role, pattern in ROLES.items()
        if (found := _place(tokenizer, text, pattern)) is not None
    ]


def _place(
    tokenizer: BPETokenizer, text: str, pattern: str
) -> tuple[int, tuple[int, ...]] | None:
    found = re.search(pattern, text)
    if found is None:
        return None
    ends = list(_ends(tokenizer, text))
    query = _token_at(ends, found.end("query") - 1)
    mentions = re.finditer(
        rf"\b{re.escape(found['key'])}\b", text[: found.end("query")]
    )
    spans = [(mention.start(), mention.end()) for mention in mentions]
    keys = {_token_at(ends, at) for start, end in spans for at in range(start, end)}
    return (query, tuple(sorted(keys))) if keys else None


def _ends(tokenizer: BPETokenizer, text: str) -> Iterator[int]:
    """Where each token ends in the text; the start token ends at 0."""
    end = 0
    yield end
    for token_id in tokenizer.encode_ordinary(text):
        end += len(tokenizer.decode([token_id]))
        yield end


def _token_at(ends: Sequence[int], character: int) -> int:
    return next(i for i, end in enumerate(ends) if end > character)


@torch.no_grad()
def head_roles(
    model: Llama, tokenizer: BPETokenizer, texts: Sequence[str]
) -> list[HeadRole]:
    """Measure every head of a decoder in every role.

    Args:
        model: A decoder of the stories.
        tokenizer: Its tokenizer.
        texts: Stories that it was not trained on.

    Returns:
        One row for each role, layer and head.
    """
    rows = [torch.tensor([encode(tokenizer, text)]) for text in texts]
    places = find_places(tokenizer, texts)
    weights = _weights(model, rows, places)
    before = torch.tensor(next_token_nll(model, rows, places))
    results = []
    for layer in range(model.config.n_layers):
        for head in range(model.config.n_heads):
            with ablate_heads(model, [(layer, head)]):
                after = torch.tensor(next_token_nll(model, rows, places))
            for role in ROLES:
                of_role = [i for i, place in enumerate(places) if place.role == role]
                if of_role:
                    seen = weights[of_role, layer, head]
                    cost = (after - before)[of_role].mean().item()
                    numbers = seen.mean().item(), seen.min().item(), cost
                    results.append(HeadRole(layer, head, role, *numbers))
    return results


def _weights(
    model: Llama, rows: Sequence[Tensor], places: Iterable[Place]
) -> Float[Tensor, "P N H"]:
    """Attention weight on the keys of each place, for every layer and head."""
    traces = [trace(model, row).attention[:, 0] for row in rows]  # (N, H, T, T)
    per_place = [
        traces[place.story][:, :, place.query, list(place.keys)].sum(-1)
        for place in places
    ]
    return torch.stack(per_place)


def next_token_nll(
    model: nn.Module, rows: Sequence[Tensor], places: Iterable[Place]
) -> list[float]:
    """Return the surprisal of the token after each place, in nats."""
    losses = [-model(row)[0, :-1].log_softmax(-1) for row in rows]
    return [
        losses[place.story][place.query, rows[place.story][0, place.query + 1]].item()
        for place in places
    ]


@torch.no_grad()
def previous_token_weights(
    model: Llama, tokenizer: BPETokenizer, texts: Sequence[str]
) -> Float[Tensor, "N H"]:
    """Return the mean attention weight on the previous token, for each head."""
    means = []
    for text in texts:
        attention = trace(model, torch.tensor([encode(tokenizer, text)])).attention
        means.append(attention[:, 0].diagonal(-1, -2, -1).mean(-1))
    return torch.stack(means).mean(0)


@torch.no_grad()
def ablation_costs(
    model: Llama, tokenizer: BPETokenizer, texts: Sequence[str]
) -> Mapping[tuple[int, int], float]:
    """Return how many nats per story the loss rises without each head."""
    end = [tokenizer.special_tokens[END]]
    rows = [torch.tensor([encode(tokenizer, text) + end]) for text in texts]
    before = _story_nll(model, rows)
    costs = {}
    for layer in range(model.config.n_layers):
        for head in range(model.config.n_heads):
            with ablate_heads(model, [(layer, head)]):
                costs[layer, head] = _story_nll(model, rows) - before
    return costs


def _story_nll(model: nn.Module, rows: Sequence[Tensor]) -> float:
    """Mean surprisal of a story in nats."""
    losses = [
        nn.functional.cross_entropy(model(row)[0, :-1], row[0, 1:], reduction="sum")
        for row in rows
    ]
    return torch.stack(losses).mean().item()
