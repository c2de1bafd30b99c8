"""The stories of a run as token ids: a tokenizer, batches, documents to test on."""

import random
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from llm_foundations.cli.run_config import RunConfig
from llm_foundations.data.stories.language import Language
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer

END, PAD = "<|endoftext|>", "<pad>"


def train_tokenizer(language: Language, vocab_size: int) -> BPETokenizer:
    """Learn a vocabulary from the first 2,000 documents.

    Raises:
        ValueError: If `vocab_size` has no room for all bytes.
    """
    texts = language.documents("train", 2000)
    return BPETokenizer.train(texts, vocab_size, special_tokens=(END, PAD))


def encode(tokenizer: BPETokenizer, text: str) -> list[int]:
    """Return the ids of a document between two end tokens, the first to begin with."""
    end = tokenizer.special_tokens[END]
    return [end, *tokenizer.encode_ordinary(text), end]


class StoryBatches:
    """Batches of documents of about the same length, in an order of their own.

    A row is one document, so that every document is learned as it is tested: alone.
    Documents of one length together leave little to fill up.
    """

    def __init__(
        self, documents: Sequence[list[int]], batch_size: int, pad_id: int, seed: int
    ) -> None:
        """Group the documents and shuffle the groups.

        Args:
            documents: Their token ids.
            batch_size: Documents a batch; those that fill no batch are left out.
            pad_id: What fills a row up to the longest.
            seed: Of the order.
        """
        ordered = sorted(documents, key=len)
        starts = range(0, len(ordered) - batch_size + 1, batch_size)
        groups = [ordered[start : start + batch_size] for start in starts]
        random.Random(seed).shuffle(groups)
        self.batches = [_padded(group, pad_id) for group in groups]
        self.position = 0

    def __next__(self) -> Tensor:
        """Return the next batch; after the last comes the first again."""
        batch = self.batches[self.position % len(self.batches)]
        self.position += 1
        return batch

    def state_dict(self) -> dict[str, Any]:
        """Return the number of batches read."""
        return {"position": self.position}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to a position."""
        self.position = state["position"]


def training_documents(
    config: RunConfig, language: Language, tokenizer: BPETokenizer
) -> list[list[int]]:
    """Return the ids of the documents of a run: as many as it reads, each once."""
    texts = language.documents("train", config.n_steps * config.batch_size)
    return [encode(tokenizer, text) for text in texts]


def _padded(documents: list[list[int]], pad_id: int) -> Tensor:
    rows = [torch.tensor(document) for document in documents]
    return torch.nn.utils.rnn.pad_sequence(rows, True, float(pad_id)).long()
