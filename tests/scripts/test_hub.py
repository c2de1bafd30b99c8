"""A page loads a model by its name from a cache, and no test asks the real hub."""

import os

import pytest
from transformers import BertTokenizer

from llm_foundations.models import load_pretrained
from scripts.tools import hub


def test_a_name_that_pages_load_is_in_the_cache() -> None:
    hub.fill()
    tokens = BertTokenizer.from_pretrained(hub.NAME).tokenize("He went to the bank.")
    assert tokens == ["he", "went", "to", "the", "bank", "."]
    assert load_pretrained(hub.NAME).config.d_model == 768


def test_another_name_is_refused_without_a_network() -> None:
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    with pytest.raises(FileNotFoundError, match="no/such-model"):
        load_pretrained("no/such-model")
