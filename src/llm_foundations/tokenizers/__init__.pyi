from .bpe.merging import (
    merge as merge,
    merge_plainly as merge_plainly,
)
from .bpe.split_patterns import (
    CL100K_PATTERN as CL100K_PATTERN,
    GPT2_PATTERN as GPT2_PATTERN,
    Splitter as Splitter,
    check_portable as check_portable,
)
from .bpe.tokenizer import (
    BPETokenizer as BPETokenizer,
)
from .bpe.training import (
    Symbols as Symbols,
    learn_merges as learn_merges,
    learn_merges_plainly as learn_merges_plainly,
)
from .characters import (
    CharacterTokenizer as CharacterTokenizer,
)
from .files.tokenizer_json import (
    load_tokenizer as load_tokenizer,
    save_tokenizer as save_tokenizer,
)
from .interface import (
    Tokenizer as Tokenizer,
)
from .normalization import (
    check_unicode as check_unicode,
    collapse_whitespace as collapse_whitespace,
    fold_case as fold_case,
    isolate_cjk as isolate_cjk,
    lowercase as lowercase,
    split_sentences as split_sentences,
    strip_accents as strip_accents,
    strip_control as strip_control,
    unicode_form as unicode_form,
)
from .special_tokens import (
    AddedToken as AddedToken,
    SpecialTokens as SpecialTokens,
    TakesSpecialTokens as TakesSpecialTokens,
)
from .unigram.lattice import (
    Expected as Expected,
    expected_counts as expected_counts,
    viterbi_segment as viterbi_segment,
)
from .unigram.tokenizer import (
    UnigramTokenizer as UnigramTokenizer,
)
from .unigram.training import (
    learn_unigram as learn_unigram,
)
from .vocabulary import (
    Vocabulary as Vocabulary,
)
from .wordpiece.tokenizer import (
    WordPieceTokenizer as WordPieceTokenizer,
)
from .wordpiece.training import (
    learn_pieces as learn_pieces,
    likelihood_gain as likelihood_gain,
)
from .words import (
    WordTokenizer as WordTokenizer,
    split_words as split_words,
)

__all__ = [
    "CL100K_PATTERN",
    "GPT2_PATTERN",
    "AddedToken",
    "BPETokenizer",
    "CharacterTokenizer",
    "Expected",
    "SpecialTokens",
    "Splitter",
    "Symbols",
    "TakesSpecialTokens",
    "Tokenizer",
    "UnigramTokenizer",
    "Vocabulary",
    "WordPieceTokenizer",
    "WordTokenizer",
    "check_portable",
    "check_unicode",
    "collapse_whitespace",
    "expected_counts",
    "fold_case",
    "isolate_cjk",
    "learn_merges",
    "learn_merges_plainly",
    "learn_pieces",
    "learn_unigram",
    "likelihood_gain",
    "load_tokenizer",
    "lowercase",
    "merge",
    "merge_plainly",
    "save_tokenizer",
    "split_sentences",
    "split_words",
    "strip_accents",
    "strip_control",
    "unicode_form",
    "viterbi_segment",
]
