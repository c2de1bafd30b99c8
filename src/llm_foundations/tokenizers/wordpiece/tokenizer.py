"""WordPiece: the longest known piece first, as BERT reads.

A piece that continues a word is written with "##" before it.
"""

from collections.abc import Iterable
from functools import partial

import regex

from llm_foundations.tokenizers.normalization import (
    isolate_cjk,
    lowercase,
    strip_accents,
    strip_control,
)
from llm_foundations.tokenizers.special_tokens import (
    SpecialTokens,
    TakesSpecialTokens,
    count_between,
)
from llm_foundations.tokenizers.token_cache import TokenCache
from llm_foundations.tokenizers.vocabulary import Vocabulary
from llm_foundations.tokenizers.wordpiece.training import learn_pieces

BERT_SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""BERT's special tokens, in the order in which they are numbered here."""
LONGEST_WORD = 100
"""Characters above which a word is unknown as a whole, as in BERT."""
# What ASCII calls a symbol, "$" for example, counts as punctuation here.
WORD = regex.compile(r"[^\s\p{P}$+<=>^`|~]+|[\p{P}$+<=>^`|~]")
"""A word, or one sign of punctuation."""


def split_words(text: str) -> list[str]:
    """Cut text at white space, and around each punctuation mark.

    Examples:
        >>> split_words("It costs $5...")
        ['It', 'costs', '$', '5', '.', '.', '.']
    """
    words: list[str] = WORD.findall(text)
    return words


class WordPieceTokenizer(TakesSpecialTokens):
    """Text to ids by greedy longest match, and back with single spaces.

    Args:
        tokens: The special tokens and the pieces, in the order of their ids.
        special_tokens: Which of the tokens are special.
        unknown: The special token that stands for a word that cannot be cut.
        lowercase: Drop case and accents first, as the uncased BERT does.
        strip_accents: Drop accents or keep them, whatever becomes of case.

    Examples:
        >>> pieces = ["[UNK]", "un", "##break", "##able", "##s"]
        >>> tokenizer = WordPieceTokenizer(pieces, special_tokens=["[UNK]"])
        >>> tokenizer.encode("Unbreakable unicorn")
        [1, 2, 3, 0]
        >>> tokenizer.decode([1, 2, 3, 0])
        'unbreakable [UNK]'

    Reference:
        Devlin et al. (2018), section 3, <https://arxiv.org/abs/1810.04805>; the
        algorithm is `WordpieceTokenizer` in
        <https://github.com/google-research/bert/blob/master/tokenization.py>
    """

    def __init__(
        self,
        tokens: Iterable[str],
        special_tokens: Iterable[str] = BERT_SPECIAL_TOKENS,
        unknown: str = "[UNK]",
        *,
        lowercase: bool = True,
        strip_accents: bool | None = None,
    ) -> None:
        self.vocabulary = Vocabulary(tokens, special_tokens, unknown)
        self.lowercase = lowercase
        self.strip_accents = strip_accents
        self.prepare = partial(normalize, lower=lowercase, accents_go=strip_accents)
        """What is done to text before it is cut; see `normalize`."""
        self._special = SpecialTokens(self.vocabulary.special_tokens, self.prepare)
        self.special_tokens = self._special.special_ids
        self._ids_of = TokenCache(self._encode_word)

    @classmethod
    def train(
        cls,
        texts: Iterable[str],
        vocab_size: int,
        special_tokens: Iterable[str] = BERT_SPECIAL_TOKENS,
        *,
        lowercase: bool = True,
    ) -> "WordPieceTokenizer":
        """Learn the pieces that make the text most likely.

        Args:
            texts: Documents. Special tokens inside them are not learned from.
            vocab_size: Tokens in all, unless no further piece makes the text more
                likely, or its characters alone are more.
            special_tokens: They get the first ids; "[UNK]" is one of them.
            lowercase: Drop case and accents first.
        """
        names = list(special_tokens)
        counts = count_between(
            names, texts, lambda text: split_words(normalize(text, lowercase))
        )
        pieces = learn_pieces(counts, vocab_size - len(names))
        return cls([*names, *pieces], names, lowercase=lowercase)

    @property
    def vocab_size(self) -> int:
        """Tokens in all, the special ones included."""
        return len(self.vocabulary)

    def encode(self, text: str) -> list[int]:
        """Turn text into ids; special tokens in it become their ids.

        "[CLS]" and "[SEP]" are not added: write them where they belong.
        """
        return self._special.encode(text, self._encode_text)

    def encode_ordinary(self, text: str) -> list[int]:
        """Turn text into ids as if there were no special tokens."""
        return self._special.encode_ordinary(text, self._encode_text)

    def cut(self, word: str) -> list[str]:
        """Cut one word into pieces, the longest possible first.

        Examples:
            >>> tokenizer = WordPieceTokenizer(["[UNK]", "a", "ab", "##c"], ["[UNK]"])
            >>> tokenizer.cut("abc"), tokenizer.cut("abx")
            (['ab', '##c'], ['[UNK]'])
        """
        if len(word) > LONGEST_WORD:
            return [self.vocabulary.unknown]
        pieces, start = [], 0
        while start < len(word):
            prefix = "##" if start else ""
            for end in range(len(word), start, -1):
                if (piece := prefix + word[start:end]) in self.vocabulary:
                    break
            else:
                return [self.vocabulary.unknown]
            pieces.append(piece)
            start = end
        return pieces

    def decode(self, ids: Iterable[int]) -> str:
        """Turn ids into text; case, accents and the spaces there were are lost."""
        return " ".join(self.vocabulary.tokens_of(ids)).replace(" ##", "")

    def _encode_word(self, word: str) -> list[int]:
        return [self.vocabulary.id_of(piece) for piece in self.cut(word)]

    def _encode_text(self, text: str) -> list[int]:
        return self._ids_of.of_all(split_words(text))

    def _is_ordinary(self, name: str) -> bool:
        return name in self.vocabulary

    def _take(self, ids: dict[str, int]) -> None:
        self.vocabulary.add(ids)


def normalize(text: str, lower: bool, accents_go: bool | None = None) -> str:
    """Prepare text as BERT does: no control characters, Chinese characters apart.

    Args:
        text: Any text.
        lower: Whether to drop case.
        accents_go: Whether to drop accents; if not given, `lower` decides.

    Examples:
        >>> normalize("Crème", lower=True), normalize("Crème", lower=False)
        ('creme', 'Crème')
    """
    text = isolate_cjk(strip_control(text))
    text = (
        strip_accents(text) if (lower if accents_go is None else accents_go) else text
    )
    return lowercase(text) if lower else text
