"""Text to token ids and back, without torch."""

from llm_foundations.tokenizers.bpe.split_patterns import CL100K_PATTERN, GPT2_PATTERN
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer
from llm_foundations.tokenizers.characters import CharacterTokenizer
from llm_foundations.tokenizers.files.tokenizer_json import (
    load_tokenizer,
    save_tokenizer,
)
from llm_foundations.tokenizers.interface import Tokenizer
from llm_foundations.tokenizers.unigram.tokenizer import UnigramTokenizer
from llm_foundations.tokenizers.wordpiece.tokenizer import WordPieceTokenizer
from llm_foundations.tokenizers.words import WordTokenizer

__all__ = [
    "CL100K_PATTERN",
    "GPT2_PATTERN",
    "BPETokenizer",
    "CharacterTokenizer",
    "Tokenizer",
    "UnigramTokenizer",
    "WordPieceTokenizer",
    "WordTokenizer",
    "load_tokenizer",
    "save_tokenizer",
]
