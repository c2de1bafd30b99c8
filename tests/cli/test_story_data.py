"""Every document is read once, whole, beside others of about its length."""

import pytest
import torch

from llm_foundations.cli.run_config import RunConfig
from llm_foundations.cli.story_data import (
    END,
    StoryBatches,
    encode,
    train_tokenizer,
    training_documents,
)
from llm_foundations.data.stories.language import Language
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer


@pytest.fixture(scope="module")
def tokenizer() -> BPETokenizer:
    return train_tokenizer(Language("tiny"), 300)


def test_documents_stand_between_ends(tokenizer: BPETokenizer) -> None:
    end = tokenizer.special_tokens[END]
    ids = encode(tokenizer, "A fox.")
    assert ids[0] == ids[-1] == end
    assert tokenizer.decode(ids[1:-1]) == "A fox."
    assert end not in encode(tokenizer, END)[1:-1]  # the text of the name is text


def test_each_document_once_in_batches_of_alike_length() -> None:
    documents = [[n] * n for n in range(1, 21)]
    batches = StoryBatches(documents, batch_size=4, pad_id=0, seed=0)
    drawn = [next(batches) for _ in range(5)]
    rows = [[i for i in row.tolist() if i] for batch in drawn for row in batch]
    assert sorted(rows) == documents
    assert all(batch.shape[1] - int((batch[0] > 0).sum()) == 3 for batch in drawn)
    assert [len(b[0]) for b in drawn] != sorted(len(b[0]) for b in drawn)
    assert torch.equal(next(batches), drawn[0])


def test_the_position_can_be_put_back() -> None:
    documents = [[n] * 3 for n in range(1, 9)]
    batches = StoryBatches(documents, batch_size=2, pad_id=0, seed=0)
    next(batches)
    state = batches.state_dict()
    expected = next(batches)
    again = StoryBatches(documents, batch_size=2, pad_id=0, seed=0)
    again.load_state_dict(state)
    assert torch.equal(next(again), expected)


def test_a_run_has_the_documents_that_it_reads(tokenizer: BPETokenizer) -> None:
    config = RunConfig(size="tiny", n_steps=5, batch_size=3)
    documents = training_documents(config, Language("tiny"), tokenizer)
    texts = [tokenizer.decode(ids[1:-1]) for ids in documents]
    assert texts == list(Language("tiny").documents("train", 15))
    assert len(StoryBatches(documents, 3, 0, seed=0).batches) == 5
