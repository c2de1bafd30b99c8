from .batches.loader import (
    Loader as Loader,
    batches_in_order as batches_in_order,
    load_rows as load_rows,
    save_rows as save_rows,
)
from .batches.packing import (
    document_mask as document_mask,
    document_positions as document_positions,
    pack_best_fit as pack_best_fit,
    pack_in_order as pack_in_order,
    predicts_next as predicts_next,
)
from .batches.windows import (
    cut_document as cut_document,
    sliding_windows as sliding_windows,
)
from .corpus.corpora import (
    LabelledDocument as LabelledDocument,
    dirty_corpus as dirty_corpus,
    read_documents as read_documents,
)
from .corpus.deduplication import (
    MinHash as MinHash,
    NearDuplicates as NearDuplicates,
    canonical as canonical,
    distinct_documents as distinct_documents,
    jaccard as jaccard,
    shingles as shingles,
    unique_documents as unique_documents,
    without_repeated_lines as without_repeated_lines,
)
from .corpus.pii import (
    Piece as Piece,
    find_pii as find_pii,
    mask_pii as mask_pii,
)
from .corpus.quality import (
    Rule as Rule,
    alphabetic_word_share as alphabetic_word_share,
    bullet_line_share as bullet_line_share,
    ellipses_per_word as ellipses_per_word,
    ellipsis_line_share as ellipsis_line_share,
    failed_rules as failed_rules,
    hash_signs_per_word as hash_signs_per_word,
    mean_word_length as mean_word_length,
    stop_word_count as stop_word_count,
    word_count as word_count,
)
from .corpus.repetition import (
    duplicate_characters as duplicate_characters,
    duplicate_ngrams as duplicate_ngrams,
    duplicate_pieces as duplicate_pieces,
    lines as lines,
    paragraphs as paragraphs,
    top_ngram as top_ngram,
)
from .corpus.splits import (
    split_of as split_of,
)
from .corpus.stop_words import (
    function_word_shares as function_word_shares,
    guess_language as guess_language,
)
from .corpus.words import (
    words as words,
)
from .stories.entropy import (
    Entropy as Entropy,
    Meter as Meter,
    measure as measure,
)
from .stories.grammar import (
    NotInLanguage as NotInLanguage,
)
from .stories.language import (
    Language as Language,
)
from .stories.questions import (
    questions as questions,
)
from .stories.record import (
    Story as Story,
)
from .stories.tasks import (
    Forecast as Forecast,
    Instruction as Instruction,
    Labelled as Labelled,
    Preference as Preference,
    Question as Question,
    follows as follows,
    forecast as forecast,
    happy_share as happy_share,
    instructions as instructions,
    labelled as labelled,
    preferences as preferences,
    prompt_of as prompt_of,
    prompt_probability as prompt_probability,
    question as question,
    reward as reward,
)
from .translation.parallel import (
    ParallelText as ParallelText,
)

__all__ = [
    "Entropy",
    "Forecast",
    "Instruction",
    "Labelled",
    "LabelledDocument",
    "Language",
    "Loader",
    "Meter",
    "MinHash",
    "NearDuplicates",
    "NotInLanguage",
    "ParallelText",
    "Piece",
    "Preference",
    "Question",
    "Rule",
    "Story",
    "alphabetic_word_share",
    "batches_in_order",
    "bullet_line_share",
    "canonical",
    "cut_document",
    "dirty_corpus",
    "distinct_documents",
    "document_mask",
    "document_positions",
    "duplicate_characters",
    "duplicate_ngrams",
    "duplicate_pieces",
    "ellipses_per_word",
    "ellipsis_line_share",
    "failed_rules",
    "find_pii",
    "follows",
    "forecast",
    "function_word_shares",
    "guess_language",
    "happy_share",
    "hash_signs_per_word",
    "instructions",
    "jaccard",
    "labelled",
    "lines",
    "load_rows",
    "mask_pii",
    "mean_word_length",
    "measure",
    "pack_best_fit",
    "pack_in_order",
    "paragraphs",
    "predicts_next",
    "preferences",
    "prompt_of",
    "prompt_probability",
    "question",
    "questions",
    "read_documents",
    "reward",
    "save_rows",
    "shingles",
    "sliding_windows",
    "split_of",
    "stop_word_count",
    "top_ngram",
    "unique_documents",
    "without_repeated_lines",
    "word_count",
    "words",
]
