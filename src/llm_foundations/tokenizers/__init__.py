"""Text to token ids and back, without torch."""

from llm_foundations.tokenizers.bpe import BPETokenizer
from llm_foundations.tokenizers.characters import CharacterTokenizer
from llm_foundations.tokenizers.interface import Tokenizer
from llm_foundations.tokenizers.split_patterns import CL100K_PATTERN, GPT2_PATTERN
from llm_foundations.tokenizers.tokenizer_json import load_tokenizer, save_tokenizer
from llm_foundations.tokenizers.unigram import UnigramTokenizer
from llm_foundations.tokenizers.wordpiece import WordPieceTokenizer
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
