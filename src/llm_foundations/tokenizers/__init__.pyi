from .bpe.merging import (
    merge as merge,
)
from .bpe.merging import (
    merge_plainly as merge_plainly,
)
from .bpe.split_patterns import (
    CL100K_PATTERN as CL100K_PATTERN,
)
from .bpe.split_patterns import (
    GPT2_PATTERN as GPT2_PATTERN,
)
from .bpe.split_patterns import (
    Splitter as Splitter,
)
from .bpe.split_patterns import (
    check_portable as check_portable,
)
from .bpe.tokenizer import (
    BPETokenizer as BPETokenizer,
)
from .bpe.training import (
    Symbols as Symbols,
)
from .bpe.training import (
    learn_merges as learn_merges,
)
from .bpe.training import (
    learn_merges_plainly as learn_merges_plainly,
)
from .characters import (
    CharacterTokenizer as CharacterTokenizer,
)
from .files.tokenizer_json import (
    load_tokenizer as load_tokenizer,
)
from .files.tokenizer_json import (
    save_tokenizer as save_tokenizer,
)
from .interface import (
    Tokenizer as Tokenizer,
)
from .normalization import (
    check_unicode as check_unicode,
)
from .normalization import (
    collapse_whitespace as collapse_whitespace,
)
from .normalization import (
    fold_case as fold_case,
)
from .normalization import (
    isolate_cjk as isolate_cjk,
)
from .normalization import (
    lowercase as lowercase,
)
from .normalization import (
    split_sentences as split_sentences,
)
from .normalization import (
    strip_accents as strip_accents,
)
from .normalization import (
    strip_control as strip_control,
)
from .normalization import (
    unicode_form as unicode_form,
)
from .special_tokens import (
    AddedToken as AddedToken,
)
from .special_tokens import (
    SpecialTokens as SpecialTokens,
)
from .special_tokens import (
    TakesSpecialTokens as TakesSpecialTokens,
)
from .unigram.lattice import (
    Expected as Expected,
)
from .unigram.lattice import (
    expected_counts as expected_counts,
)
from .unigram.lattice import (
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
)
from .wordpiece.training import (
    likelihood_gain as likelihood_gain,
)
from .words import (
    WordTokenizer as WordTokenizer,
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
    "strip_accents",
    "strip_control",
    "unicode_form",
    "viterbi_segment",
]
