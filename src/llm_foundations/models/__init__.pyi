from .bert import (
    BERT as BERT,
    BERTConfig as BERTConfig,
    BERTEncoder as BERTEncoder,
    MaskedHead as MaskedHead,
    MaskedLM as MaskedLM,
    PretrainingBERT as PretrainingBERT,
    QuestionAnswering as QuestionAnswering,
    SequenceClassifier as SequenceClassifier,
    TokenClassifier as TokenClassifier,
)
from .bloom import (
    Bloom as Bloom,
    BloomConfig as BloomConfig,
)
from .conversion import (
    family_of as family_of,
    load_huggingface as load_huggingface,
    to_huggingface as to_huggingface,
)
from .decoder import (
    Decoder as Decoder,
    DecoderConfig as DecoderConfig,
)
from .encoder_decoder import (
    EncoderDecoder as EncoderDecoder,
    EncoderDecoderConfig as EncoderDecoderConfig,
)
from .family import (
    Family as Family,
)
from .fused_gpt import (
    FusedBlock as FusedBlock,
    fuse_qkv as fuse_qkv,
)
from .gpt import (
    GPT as GPT,
    GPTConfig as GPTConfig,
)
from .jais import (
    Jais as Jais,
    JaisConfig as JaisConfig,
)
from .llama import (
    Llama as Llama,
    LlamaConfig as LlamaConfig,
)
from .ngram.counts import (
    NGramCounts as NGramCounts,
)
from .ngram.model import (
    NGramModel as NGramModel,
)
from .ngram.smoothing import (
    AddK as AddK,
    Dirichlet as Dirichlet,
    Interpolation as Interpolation,
    KneserNey as KneserNey,
    Smoothing as Smoothing,
    estimated_discounts as estimated_discounts,
    tuned_interpolation as tuned_interpolation,
)
from .pretrained import (
    load_pretrained as load_pretrained,
    save_pretrained as save_pretrained,
)
from .storyteller import (
    load_storyteller as load_storyteller,
)
from .t5 import (
    T5 as T5,
    T5Config as T5Config,
)
from .word_vectors import (
    SkipGram as SkipGram,
    WordVectors as WordVectors,
    fit_skip_gram as fit_skip_gram,
    neighbor_counts as neighbor_counts,
    noise_distribution as noise_distribution,
    skip_gram_pairs as skip_gram_pairs,
    train_skip_gram as train_skip_gram,
)

__all__ = [
    "BERT",
    "GPT",
    "T5",
    "AddK",
    "BERTConfig",
    "BERTEncoder",
    "Bloom",
    "BloomConfig",
    "Decoder",
    "DecoderConfig",
    "Dirichlet",
    "EncoderDecoder",
    "EncoderDecoderConfig",
    "Family",
    "FusedBlock",
    "GPTConfig",
    "Interpolation",
    "Jais",
    "JaisConfig",
    "KneserNey",
    "Llama",
    "LlamaConfig",
    "MaskedHead",
    "MaskedLM",
    "NGramCounts",
    "NGramModel",
    "PretrainingBERT",
    "QuestionAnswering",
    "SequenceClassifier",
    "SkipGram",
    "Smoothing",
    "T5Config",
    "TokenClassifier",
    "WordVectors",
    "estimated_discounts",
    "family_of",
    "fit_skip_gram",
    "fuse_qkv",
    "load_huggingface",
    "load_pretrained",
    "load_storyteller",
    "neighbor_counts",
    "noise_distribution",
    "save_pretrained",
    "skip_gram_pairs",
    "to_huggingface",
    "train_skip_gram",
    "tuned_interpolation",
]
