"""How surprised a model is by text, beside how surprising the text truly is."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from llm_foundations.checks import check_integer
from llm_foundations.data.stories.grammar import NotInLanguage
from llm_foundations.data.stories.language import Language


@torch.no_grad()
def document_nll(
    model: nn.Module, documents: Sequence[Sequence[int]], batch_size: int = 32
) -> Float[Tensor, " N"]:
    """Return the surprisal of each document, in nats.

    Args:
        model: Any causal model that maps token ids to logits; it is put into
            evaluation mode while it is asked.
        documents: The token ids of each document, the start token first. The first
            token is given, all others are predicted.
        batch_size: Documents that are read at once.

    Raises:
        ValueError: If there is no document, or one has fewer than two tokens, or
            `batch_size` is less than 1.
    """
    check_integer("batch_size", batch_size)
    if not documents or min(map(len, documents)) < 2:
        raise ValueError("needs documents, each of at least two tokens")
    was_training = model.training
    model.eval()
    nats = torch.empty(len(documents))
    # Alike lengths together: less of a batch is padding.
    order = sorted(range(len(documents)), key=lambda i: len(documents[i]))
    for start in range(0, len(order), batch_size):
        indices = order[start : start + batch_size]
        nats[indices] = _batch_nats(model, [documents[i] for i in indices])
    model.train(was_training)
    return nats


def perplexity(model: nn.Module, documents: Sequence[Sequence[int]]) -> float:
    """Return among how many equally likely tokens the model was choosing.

    This is `exp` of the mean surprisal of a predicted token. It compares models of
    one tokenizer alone.

    Args:
        model: Any causal model that maps token ids to logits.
        documents: The token ids of each document, the start token first.

    Returns:
        At least 1; a uniform guess over V tokens scores V.

    Raises:
        ValueError: If there is no document, or one has fewer than two tokens.

    Reference:
        Jelinek et al. (1977), "Perplexity - a measure of the difficulty of speech
        recognition tasks", <https://doi.org/10.1121/1.2016299>
    """
    n_tokens = sum(len(document) - 1 for document in documents)
    total = document_nll(model, documents).double().sum()
    return torch.exp(total / n_tokens).item()


class Excess(NamedTuple):
    """What a model loses by not knowing the language, measured on documents."""

    loss: float
    """Nats a token, by the model."""
    floor: float
    """Nats a token, by the language itself: no model can do better."""
    excess: float
    """Nats a token that better knowledge would save."""
    divergence: float
    """The same in nats per document: an unbiased estimate of KL(language || model)."""
    standard_error: float
    """Of the divergence."""


def excess(
    model_nats: Sequence[float], true_nats: Sequence[float], n_tokens: int
) -> Excess:
    """Compare a model's surprisal with the true one, document by document.

    Both see the same documents, so what makes one document rarer than another falls
    out of the difference. "Nats a token" is always the nats of a document divided
    by the mean number of tokens: a token's own floor is not defined where a token
    boundary gives away what comes next.

    Args:
        model_nats: The model's surprisal of each document.
        true_nats: The language's.
        n_tokens: Predicted tokens in all documents together.

    Raises:
        ValueError: If the two differ in number, or there are fewer than two, or
            `n_tokens` is less than 1.

    Examples:
        >>> excess([12.0, 14.0], [10.0, 11.0], n_tokens=10).excess
        0.5
    """
    check_integer("n_tokens", n_tokens)
    if len(model_nats) != len(true_nats) or len(model_nats) < 2:
        raise ValueError(
            "needs two documents or more, and as many true surprisals, got "
            f"{len(model_nats)} and {len(true_nats)}"
        )
    model = torch.tensor(model_nats, dtype=torch.float64)
    true = torch.tensor(true_nats, dtype=torch.float64)
    difference, n_documents = model - true, len(model_nats)
    return Excess(
        model.sum().item() / n_tokens,
        true.sum().item() / n_tokens,
        difference.sum().item() / n_tokens,
        difference.mean().item(),
        difference.std().item() / n_documents**0.5,
    )


def grammatical_rate(texts: Iterable[str], check: Callable[[str], object]) -> float:
    """Return the share of texts that belong to a language from end to end.

    Args:
        texts: What a model wrote.
        check: Raises `ValueError` for a text that does not belong, as
            `Language.log_probability` does.

    Raises:
        ValueError: If there is no text.

    Examples:
        >>> grammatical_rate(["1", "2", "three", "4"], check=int)
        0.75
    """
    verdicts = [_is_legal(text, check) for text in texts]
    if not verdicts:
        raise ValueError("a rate needs at least one text")
    return sum(verdicts) / len(verdicts)


def grammatical_prefix(texts: Sequence[str], language: Language) -> float:
    """Return how far texts stay grammatical: the mean fraction before the first error.

    A text that is grammatical from end to end counts as 1.

    Args:
        texts: What a model generated; empty texts count as 0.
        language: What they should belong to.

    Raises:
        ValueError: If there is no text.

    Examples:
        >>> grammatical_prefix(["Once there was a fox", "Twice"], Language("tiny"))
        0.6
    """
    if not texts:
        raise ValueError("a mean needs at least one text")
    return sum(_legal_fraction(text, language) for text in texts) / len(texts)


def _legal_fraction(text: str, language: Language) -> float:
    try:
        language.read(text)
    except NotInLanguage as error:
        return error.position / max(len(text), 1)
    return 1.0


def _batch_nats(model: nn.Module, documents: list[Sequence[int]]) -> Tensor:
    device = next(model.parameters()).device
    rows = [torch.tensor(document) for document in documents]
    ids = nn.utils.rnn.pad_sequence(rows, batch_first=True).to(device)
    logits = model(ids[:, :-1]).float()
    nats = F.cross_entropy(logits.transpose(1, 2), ids[:, 1:], reduction="none")
    lengths = torch.tensor([len(row) - 1 for row in rows], device=device)
    counts = torch.arange(ids.shape[1] - 1, device=device) < lengths[:, None]
    return (nats * counts).sum(1).cpu()


def _is_legal(text: str, check: Callable[[str], object]) -> bool:
    try:
        check(text)
    except ValueError:
        return False
    return True
