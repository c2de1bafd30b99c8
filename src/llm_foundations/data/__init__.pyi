from .batches.loader import (
    Loader as Loader,
)
from .batches.loader import (
    batches_in_order as batches_in_order,
)
from .batches.loader import (
    load_rows as load_rows,
)
from .batches.loader import (
    save_rows as save_rows,
)
from .batches.packing import (
    document_mask as document_mask,
)
from .batches.packing import (
    document_positions as document_positions,
)
from .batches.packing import (
    pack_best_fit as pack_best_fit,
)
from .batches.packing import (
    pack_in_order as pack_in_order,
)
from .batches.packing import (
    predicts_next as predicts_next,
)
from .batches.windows import (
    cut_document as cut_document,
)
from .batches.windows import (
    sliding_windows as sliding_windows,
)
from .corpus.corpora import (
    LabelledDocument as LabelledDocument,
)
from .corpus.corpora import (
    dirty_corpus as dirty_corpus,
)
from .corpus.corpora import (
    read_documents as read_documents,
)
from .corpus.deduplication import (
    MinHash as MinHash,
)
from .corpus.deduplication import (
    NearDuplicates as NearDuplicates,
)
from .corpus.deduplication import (
    canonical as canonical,
)
from .corpus.deduplication import (
    distinct_documents as distinct_documents,
)
from .corpus.deduplication import (
    jaccard as jaccard,
)
from .corpus.deduplication import (
    shingles as shingles,
)
from .corpus.deduplication import (
    unique_documents as unique_documents,
)
from .corpus.deduplication import (
    without_repeated_lines as without_repeated_lines,
)
from .corpus.pii import (
    Piece as Piece,
)
from .corpus.pii import (
    find_pii as find_pii,
)
from .corpus.pii import (
    mask_pii as mask_pii,
)
from .corpus.quality import (
    Rule as Rule,
)
from .corpus.quality import (
    alphabetic_word_share as alphabetic_word_share,
)
from .corpus.quality import (
    bullet_line_share as bullet_line_share,
)
from .corpus.quality import (
    ellipses_per_word as ellipses_per_word,
)
from .corpus.quality import (
    ellipsis_line_share as ellipsis_line_share,
)
from .corpus.quality import (
    failed_rules as failed_rules,
)
from .corpus.quality import (
    hash_signs_per_word as hash_signs_per_word,
)
from .corpus.quality import (
    mean_word_length as mean_word_length,
)
from .corpus.quality import (
    stop_word_count as stop_word_count,
)
from .corpus.quality import (
    word_count as word_count,
)
from .corpus.repetition import (
    duplicate_characters as duplicate_characters,
)
from .corpus.repetition import (
    duplicate_ngrams as duplicate_ngrams,
)
from .corpus.repetition import (
    duplicate_pieces as duplicate_pieces,
)
from .corpus.repetition import (
    lines as lines,
)
from .corpus.repetition import (
    paragraphs as paragraphs,
)
from .corpus.repetition import (
    top_ngram as top_ngram,
)
from .corpus.splits import (
    split_of as split_of,
)
from .corpus.stop_words import (
    function_word_shares as function_word_shares,
)
from .corpus.stop_words import (
    guess_language as guess_language,
)
from .corpus.words import (
    words as words,
)
from .stories.entropy import (
    Entropy as Entropy,
)
from .stories.entropy import (
    Meter as Meter,
)
from .stories.entropy import (
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
)
from .stories.tasks import (
    Instruction as Instruction,
)
from .stories.tasks import (
    Labelled as Labelled,
)
from .stories.tasks import (
    Preference as Preference,
)
from .stories.tasks import (
    Question as Question,
)
from .stories.tasks import (
    follows as follows,
)
from .stories.tasks import (
    forecast as forecast,
)
from .stories.tasks import (
    happy_share as happy_share,
)
from .stories.tasks import (
    instructions as instructions,
)
from .stories.tasks import (
    labelled as labelled,
)
from .stories.tasks import (
    preferences as preferences,
)
from .stories.tasks import (
    prompt_of as prompt_of,
)
from .stories.tasks import (
    prompt_probability as prompt_probability,
)
from .stories.tasks import (
    question as question,
)
from .stories.tasks import (
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
