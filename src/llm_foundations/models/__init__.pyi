from .bert import (
    BERT as BERT,
)
from .bert import (
    BERTConfig as BERTConfig,
)
from .bert import (
    BERTEncoder as BERTEncoder,
)
from .bert import (
    MaskedHead as MaskedHead,
)
from .bert import (
    MaskedLM as MaskedLM,
)
from .bert import (
    PretrainingBERT as PretrainingBERT,
)
from .bert import (
    QuestionAnswering as QuestionAnswering,
)
from .bert import (
    SequenceClassifier as SequenceClassifier,
)
from .bert import (
    TokenClassifier as TokenClassifier,
)
from .bloom import (
    Bloom as Bloom,
)
from .bloom import (
    BloomConfig as BloomConfig,
)
from .conversion import (
    load_huggingface as load_huggingface,
)
from .conversion import (
    to_huggingface as to_huggingface,
)
from .decoder import (
    Decoder as Decoder,
)
from .encoder_decoder import (
    EncoderDecoder as EncoderDecoder,
)
from .encoder_decoder import (
    EncoderDecoderConfig as EncoderDecoderConfig,
)
from .fused_gpt import (
    FusedBlock as FusedBlock,
)
from .fused_gpt import (
    fuse_qkv as fuse_qkv,
)
from .gpt import (
    GPT as GPT,
)
from .gpt import (
    GPTConfig as GPTConfig,
)
from .jais import (
    Jais as Jais,
)
from .jais import (
    JaisConfig as JaisConfig,
)
from .llama import (
    Llama as Llama,
)
from .llama import (
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
)
from .ngram.smoothing import (
    Interpolation as Interpolation,
)
from .ngram.smoothing import (
    KneserNey as KneserNey,
)
from .ngram.smoothing import (
    Smoothing as Smoothing,
)
from .ngram.smoothing import (
    estimated_discounts as estimated_discounts,
)
from .ngram.smoothing import (
    tuned_interpolation as tuned_interpolation,
)
from .pretrained import (
    load_pretrained as load_pretrained,
)
from .pretrained import (
    save_pretrained as save_pretrained,
)
from .storyteller import (
    load_storyteller as load_storyteller,
)
from .t5 import (
    T5 as T5,
)
from .t5 import (
    T5Config as T5Config,
)
from .word_vectors import (
    SkipGram as SkipGram,
)
from .word_vectors import (
    WordVectors as WordVectors,
)
from .word_vectors import (
    noise_distribution as noise_distribution,
)
from .word_vectors import (
    skip_gram_pairs as skip_gram_pairs,
)
from .word_vectors import (
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
    "EncoderDecoder",
    "EncoderDecoderConfig",
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
    "fuse_qkv",
    "load_huggingface",
    "load_pretrained",
    "load_storyteller",
    "noise_distribution",
    "save_pretrained",
    "skip_gram_pairs",
    "to_huggingface",
    "train_skip_gram",
    "tuned_interpolation",
]
