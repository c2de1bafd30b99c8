"""What a run has reached: loss, floor, excess, legal samples, and their picture."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from llm_foundations.cli.run_config import check_seed
from llm_foundations.cli.story_data import END, encode
from llm_foundations.data.stories.language import Language
from llm_foundations.evaluation.loss import Excess, document_nll, excess
from llm_foundations.files import write_atomically
from llm_foundations.generation.decode import generate, sampler
from llm_foundations.models.llama import Llama
from llm_foundations.models.ngram.model import NGramModel
from llm_foundations.plotting import style
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer
from llm_foundations.training.callbacks import read_metrics

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def measure(
    model: nn.Module, tokenizer: BPETokenizer, language: Language, n_documents: int
) -> Excess:
    """Compare a model's surprisal with the true one on documents it has not seen.

    Args:
        model: A causal model of the tokenizer's ids.
        tokenizer: What turns text into ids.
        language: What the documents are of.
        n_documents: How many; at least 2.
    """
    documents, true_nats = _unseen(tokenizer, language, n_documents)
    nats = document_nll(model, documents).tolist()
    return excess(nats, true_nats, _n_predicted(documents))


def five_gram_excess(
    tokenizer: BPETokenizer,
    language: Language,
    training: Sequence[Sequence[int]],
    n_documents: int,
) -> float:
    """Return the excess of counting alone: a 5-gram model of the same stories.

    Args:
        tokenizer: What turned the stories into ids.
        language: What they are of.
        training: The ids of the documents that are counted, with their two ends.
        n_documents: How many new documents measure it; at least 2.
    """
    model = NGramModel(5, tokenizer.vocab_size)
    model.fit(document[1:] for document in training)
    documents, true_nats = _unseen(tokenizer, language, n_documents)
    nats = [-model.log_probability(document[1:]) for document in documents]
    return excess(nats, true_nats, _n_predicted(documents)).excess


@lru_cache(maxsize=2)  # a run asks for few documents often, and for many at its end
def _unseen(
    tokenizer: BPETokenizer, language: Language, n_documents: int
) -> tuple[list[list[int]], list[float]]:
    """Return documents of the validation split and the true surprisal of each."""
    texts = list(language.documents("validation", n_documents))
    documents = [encode(tokenizer, text) for text in texts]
    return documents, [-language.log_probability(text) for text in texts]


def _n_predicted(documents: Sequence[Sequence[int]]) -> int:
    return sum(len(document) - 1 for document in documents)


def write_samples(
    model: Llama,
    tokenizer: BPETokenizer,
    prompts: Sequence[str],
    *,
    temperature: float = 1.0,
    max_new_tokens: int | None = None,
    seed: int = 0,
) -> list[str]:
    """Let a model continue texts, each to its end.

    Args:
        model: The model of a run.
        tokenizer: What turns text into ids.
        prompts: How the texts begin, all of one number of tokens; "" begins anew.
        temperature: Below 1 the likely gets likelier.
        max_new_tokens: Cut a text there; None lets it go on as far as the model can
            read.
        seed: Of the draws.

    Raises:
        ValueError: If a prompt leaves no room, the temperature is not positive, or
            the seed has more than 64 bits.
    """
    check_seed(seed)
    end = tokenizer.special_tokens[END]
    begun = [[end, *tokenizer.encode_ordinary(text)] for text in prompts]
    ids = torch.tensor(begun, device=next(model.parameters()).device)
    source = torch.Generator(ids.device).manual_seed(seed)
    choose = sampler(temperature, generator=source)
    room = max_new_tokens
    if room is None:
        room = model.config.context_length - ids.shape[1]
        if room < 1:
            raise ValueError(
                f"a prompt of {ids.shape[1]} tokens leaves no room in the context of "
                f"{model.config.context_length}"
            )
    rows = generate(model, ids, room, choose, eos_id=end)
    return [_text(tokenizer, row[1:], end) for row in rows.tolist()]


def _text(tokenizer: BPETokenizer, ids: list[int], end: int) -> str:
    return tokenizer.decode(ids[: ids.index(end)] if end in ids else ids)


def lines(result: Excess, others: dict[str, str]) -> str:
    """Return the results as lines of a name and what it says."""
    rows = {
        "loss": f"{result.loss:.3f} nats per token",
        "floor": f"{result.floor:.3f} nats per token: no model can do better",
        "excess": f"{result.excess:.3f} nats per token, "
        f"{result.divergence:.1f} ± {result.standard_error:.1f} per document",
        **others,
    }
    width = max(map(len, rows))
    return "\n".join(f"{name:<{width}}  {said}" for name, said in rows.items())


def draw_loss(metrics_path: Path, result: Excess, path: Path) -> None:
    """Draw the loss of every step above the floor.

    Args:
        metrics_path: What `MetricsLog` wrote.
        result: The loss and the floor on documents that were not trained on.
        path: The SVG file to write.
    """
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    style.use_style()
    metrics = read_metrics(metrics_path)
    figure, axes = plt.subplots()
    tokens = [line["n_tokens"] / 1e6 for line in metrics]
    losses = [line["loss"] for line in metrics]
    axes.plot(tokens, losses, color=style.SKY, linewidth=0.8)
    axes.plot(tokens, _smooth(losses), color=style.PETROL, label="training loss")
    axes.axhline(result.floor, color=style.VERMILION, label="floor")
    axes.plot(tokens[-1:], [result.loss], "o", color=style.INK, label="new documents")
    axes.set(xlabel="million tokens", ylabel="nats per token", yscale="log")
    axes.set_title("What is left above the floor is what there is to learn")
    axes.legend(frameon=False)
    _save(figure, path)
    plt.close(figure)


def _smooth(values: list[float], share: float = 0.05) -> list[float]:
    """Return the exponential moving average."""
    smooth = [values[0]]
    for value in values[1:]:
        smooth.append((1 - share) * smooth[-1] + share * value)
    return smooth


def _save(figure: "Figure", path: Path) -> None:
    write_atomically(path, style.svg_text(figure).encode())
