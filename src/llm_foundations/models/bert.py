"""BERT: post-norm blocks that read in both directions, and the heads of its tasks.

The heads of its pre-training stand in
[`models.bert_pretraining`][llm_foundations.models.bert].
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from llm_foundations.layers.block import TransformerBlock, post_norm
from llm_foundations.layers.embedding import TokenEmbedding
from llm_foundations.layers.feed_forward import FeedForward
from llm_foundations.layers.multi_head_attention import MultiHeadAttention, check_heads
from llm_foundations.layers.normalization import LayerNorm
from llm_foundations.layers.positions import LearnedPositions
from llm_foundations.models import config as shared
from llm_foundations.models.family import Family, Table

_NAMES = {
    "vocab_size": "vocab_size",
    "context_length": "max_position_embeddings",
    "d_model": "hidden_size",
    "n_layers": "num_hidden_layers",
    "n_heads": "num_attention_heads",
    "d_ff": "intermediate_size",
    "n_segments": "type_vocab_size",
    "dropout": "hidden_dropout_prob",
    "norm_eps": "layer_norm_eps",
}
_DEFAULTS = {
    "max_position_embeddings": 512,
    "intermediate_size": 3072,
    "type_vocab_size": 2,
    "hidden_dropout_prob": 0.1,
    "layer_norm_eps": 1e-12,
}
_FIXED = {
    "hidden_act": "gelu",
    "is_decoder": False,
    "add_cross_attention": False,
    "tie_word_embeddings": True,
    "position_embedding_type": "absolute",  # before Transformers 5 there were others
}


@dataclass(frozen=True)
class BERTConfig:
    """The sizes of a BERT. The defaults are those of BERT-base, uncased.

    Raises:
        ValueError: If the sizes cannot be.
    """

    vocab_size: int = 30522
    """How many token ids there are."""
    context_length: int = 512
    """The most tokens it can read at once."""
    d_model: int = 768
    """Width of each position's vector."""
    n_layers: int = 12
    """How many blocks follow each other."""
    n_heads: int = 12
    """Heads of each attention layer."""
    d_ff: int = 3072
    """Width inside the feed-forward layers."""
    n_segments: int = 2
    """How many kinds of sentence it can tell apart: the first and the second."""
    dropout: float = 0.0
    """Share of embeddings, attention weights and results dropped in training."""
    norm_eps: float = 1e-12
    """Added to the variance in LayerNorm."""

    def __post_init__(self) -> None:
        check_heads(self.d_model, self.n_heads, self.n_heads)
        shared.check_fields(self)

    @classmethod
    def from_huggingface(cls, config: Mapping[str, Any]) -> "BERTConfig":
        """Read a BERT's `config.json`; ValueError for what is not covered."""
        config = {"attention_probs_dropout_prob": 0.1, **config}
        if config.get("classifier_dropout") is None:
            config.pop("classifier_dropout", None)  # stands for the other dropout
        dropout = config.get("hidden_dropout_prob", 0.1)
        names = ("attention_probs_dropout_prob", "classifier_dropout")
        shared.require(config, **_FIXED, **dict.fromkeys(names, dropout))
        return cls(**shared.translated(config, _NAMES, _DEFAULTS))

    def to_huggingface(self) -> dict[str, Any]:
        """Return the content of the `config.json` that Transformers loads."""
        ours = {_NAMES[name]: value for name, value in asdict(self).items()}
        dropout = {"attention_probs_dropout_prob": self.dropout}
        return {"model_type": "bert", **ours, **dropout, **_FIXED}


class BERTEncoder(nn.Module):
    """Embeddings and blocks: one vector for each token, made from all tokens.

    Args:
        config: Its sizes.

    Reference:
        Devlin et al. (2019), section 3, <https://arxiv.org/abs/1810.04805>
    """

    def __init__(self, config: BERTConfig) -> None:
        super().__init__()
        self.config = config
        self.token_embedding = TokenEmbedding(config.vocab_size, config.d_model)
        n, d_model = config.context_length, config.d_model
        self.position_embedding = LearnedPositions(n, d_model)
        self.segment_embedding = TokenEmbedding(config.n_segments, config.d_model)
        self.embedding_norm = LayerNorm(config.d_model, config.norm_eps)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(_block(config) for _ in range(config.n_layers))

    def forward(
        self,
        token_ids: Int[Tensor, "B T"],
        segment_ids: Int[Tensor, "B T"] | None = None,
        mask: Bool[Tensor, "B #T T"] | None = None,
    ) -> Float[Tensor, "B T C"]:
        """Return each token's vector in its context.

        Args:
            token_ids: The tokens, `[CLS]` first.
            segment_ids: Which sentence of a pair each token is of; 0 if not given.
            mask: True where a token may be attended to, for padding.

        Raises:
            ValueError: If the context cannot hold all tokens, or an id is unknown.
        """
        n = token_ids.shape[1]
        shared.check_length(n, self.config.context_length)
        segments = torch.zeros_like(token_ids) if segment_ids is None else segment_ids
        x = self.token_embedding(token_ids) + self.segment_embedding(segments)
        x = x + self.position_embedding(torch.arange(n, device=x.device))
        x = self.dropout(self.embedding_norm(x))
        for block in self.blocks:
            x = block(x, mask)
        return x


class BERT(BERTEncoder):
    """The encoder with its pooler, as it comes out of pre-training.

    Args:
        config: Its sizes.

    Examples:
        >>> config = BERTConfig(vocab_size=10, d_model=8, n_layers=1, n_heads=2, d_ff=9)
        >>> bert = BERT(config)
        >>> features = bert(torch.tensor([[1, 2, 3]]))
        >>> tuple(features.shape), tuple(bert.pool(features).shape)
        ((1, 3, 8), (1, 8))
    """

    def __init__(self, config: BERTConfig) -> None:
        super().__init__(config)
        self.pooler = nn.Linear(config.d_model, config.d_model)

    def pool(self, features: Float[Tensor, "B T C"]) -> Float[Tensor, "B C"]:
        """Return one vector a sequence, made from its first token's, `[CLS]`."""
        return torch.tanh(self.pooler(features[:, 0]))


class SequenceClassifier(nn.Module):
    """One label for a whole sequence, or for a pair that the segments tell apart.

    Args:
        config: The sizes of the encoder.
        n_labels: How many labels there are.

    Reference:
        Devlin et al. (2019), section 4.1, <https://arxiv.org/abs/1810.04805>
    """

    def __init__(self, config: BERTConfig, n_labels: int) -> None:
        super().__init__()
        self.config = config
        self.bert = BERT(config)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(config.d_model, n_labels)

    def forward(
        self,
        token_ids: Int[Tensor, "B T"],
        segment_ids: Int[Tensor, "B T"] | None = None,
        mask: Bool[Tensor, "B #T T"] | None = None,
    ) -> Float[Tensor, "B L"]:
        """Score every label; the arguments are those of the encoder."""
        features = self.bert(token_ids, segment_ids, mask)
        return self.classifier(self.dropout(self.bert.pool(features)))


class TokenClassifier(nn.Module):
    """One label for each token, such as the kind of name it belongs to.

    Args:
        config: The sizes of the encoder.
        n_labels: How many labels there are.

    Reference:
        Devlin et al. (2019), section 5.3, <https://arxiv.org/abs/1810.04805>
    """

    def __init__(self, config: BERTConfig, n_labels: int) -> None:
        super().__init__()
        self.config = config
        self.bert = BERTEncoder(config)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(config.d_model, n_labels)

    def forward(
        self,
        token_ids: Int[Tensor, "B T"],
        segment_ids: Int[Tensor, "B T"] | None = None,
        mask: Bool[Tensor, "B #T T"] | None = None,
    ) -> Float[Tensor, "B T L"]:
        """Score every label for each token; the arguments are those of the encoder."""
        features = self.bert(token_ids, segment_ids, mask)
        return self.classifier(self.dropout(features))


class QuestionAnswering(nn.Module):
    """The first and the last token of a span, such as the answer to a question.

    Args:
        config: The sizes of the encoder.

    Reference:
        Devlin et al. (2019), section 4.2, <https://arxiv.org/abs/1810.04805>
    """

    def __init__(self, config: BERTConfig) -> None:
        super().__init__()
        self.config = config
        self.bert = BERTEncoder(config)
        self.span = nn.Linear(config.d_model, 2)

    def forward(
        self,
        token_ids: Int[Tensor, "B T"],
        segment_ids: Int[Tensor, "B T"] | None = None,
        mask: Bool[Tensor, "B #T T"] | None = None,
    ) -> tuple[Float[Tensor, "B T"], Float[Tensor, "B T"]]:
        """Score each token as the span's first, and as its last."""
        start, end = self.span(self.bert(token_ids, segment_ids, mask)).unbind(-1)
        return start, end


def _block(config: BERTConfig) -> TransformerBlock:
    return TransformerBlock(
        MultiHeadAttention(config.d_model, config.n_heads, dropout=config.dropout),
        FeedForward(config.d_model, config.d_ff, F.gelu),
        partial(LayerNorm, config.d_model, config.norm_eps),
        post_norm,
        config.dropout,
    )


class MaskedHead(nn.Module):
    """Score every token of the vocabulary for each position, by its own embedding.

    Args:
        config: The sizes of the encoder below.
    """

    def __init__(self, config: BERTConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.d_model, config.d_model)
        self.norm = LayerNorm(config.d_model, config.norm_eps)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))

    def forward(
        self, features: Float[Tensor, "B T C"], embedding: TokenEmbedding
    ) -> Float[Tensor, "B T V"]:
        """Return the scores; `embedding` is the encoder's, whose vectors are shared."""
        hidden = self.norm(F.gelu(self.dense(features)))
        return embedding.unembed(hidden) + self.bias


class MaskedLM(nn.Module):
    """BERT as a model of masked tokens: which token stands at each position?

    Args:
        config: The sizes of the encoder.

    Reference:
        Devlin et al. (2019), section 3.1, task 1, <https://arxiv.org/abs/1810.04805>
    """

    def __init__(self, config: BERTConfig) -> None:
        super().__init__()
        self.config = config
        self.bert = BERTEncoder(config)
        self.head = MaskedHead(config)

    def forward(
        self,
        token_ids: Int[Tensor, "B T"],
        segment_ids: Int[Tensor, "B T"] | None = None,
        mask: Bool[Tensor, "B #T T"] | None = None,
    ) -> Float[Tensor, "B T V"]:
        """Score every token at every position; for the arguments see the encoder."""
        features = self.bert(token_ids, segment_ids, mask)
        return self.head(features, self.bert.token_embedding)


class PretrainingBERT(nn.Module):
    """BERT with both heads of its pre-training: masked tokens, and the next sentence.

    Args:
        config: The sizes of the encoder.

    Reference:
        Devlin et al. (2019), section 3.1, <https://arxiv.org/abs/1810.04805>
    """

    def __init__(self, config: BERTConfig) -> None:
        super().__init__()
        self.config = config
        self.bert = BERT(config)
        self.head = MaskedHead(config)
        self.next_sentence = nn.Linear(config.d_model, 2)

    def forward(
        self,
        token_ids: Int[Tensor, "B T"],
        segment_ids: Int[Tensor, "B T"] | None = None,
        mask: Bool[Tensor, "B #T T"] | None = None,
    ) -> tuple[Float[Tensor, "B T V"], Float[Tensor, "B 2"]]:
        """Score tokens, and whether the second sentence follows (0) or not (1)."""
        features = self.bert(token_ids, segment_ids, mask)
        tokens = self.head(features, self.bert.token_embedding)
        return tokens, self.next_sentence(self.bert.pool(features))


_ENCODER_NAMES: Table = {
    "embeddings.word_embeddings.weight": "token_embedding.weight",
    "embeddings.position_embeddings.weight": "position_embedding.weight",
    "embeddings.token_type_embeddings.weight": "segment_embedding.weight",
    "embeddings.LayerNorm.{p}": "embedding_norm.{p}",
    "encoder.layer.{i}.attention.self.query.{p}": "blocks.{i}.attention.q_proj.{p}",
    "encoder.layer.{i}.attention.self.key.{p}": "blocks.{i}.attention.k_proj.{p}",
    "encoder.layer.{i}.attention.self.value.{p}": "blocks.{i}.attention.v_proj.{p}",
    "encoder.layer.{i}.attention.output.dense.{p}": "blocks.{i}.attention.o_proj.{p}",
    "encoder.layer.{i}.attention.output.LayerNorm.{p}": "blocks.{i}.attention_norm.{p}",
    "encoder.layer.{i}.intermediate.dense.{p}": "blocks.{i}.feed_forward.up_proj.{p}",
    "encoder.layer.{i}.output.dense.{p}": "blocks.{i}.feed_forward.down_proj.{p}",
    "encoder.layer.{i}.output.LayerNorm.{p}": "blocks.{i}.feed_forward_norm.{p}",
    "pooler.dense.{p}": "pooler.{p}",
}
FAMILY = Family(
    architectures={
        "BertModel": BERT,
        "BertForMaskedLM": MaskedLM,
        "BertForPreTraining": PretrainingBERT,
        "BertForSequenceClassification": SequenceClassifier,
        "BertForTokenClassification": TokenClassifier,
        "BertForQuestionAnswering": QuestionAnswering,
    },
    config=BERTConfig,
    names={
        **_ENCODER_NAMES,
        **{f"bert.{theirs}": f"bert.{ours}" for theirs, ours in _ENCODER_NAMES.items()},
        "cls.predictions.transform.dense.{p}": "head.dense.{p}",
        "cls.predictions.transform.LayerNorm.{p}": "head.norm.{p}",
        "cls.predictions.bias": "head.bias",
        "cls.seq_relationship.{p}": "next_sentence.{p}",
        "classifier.{p}": "classifier.{p}",
        "qa_outputs.{p}": "span.{p}",
    },
    tied={
        "cls.predictions.decoder.weight": "bert.embeddings.word_embeddings.weight",
        "cls.predictions.decoder.bias": "cls.predictions.bias",
    },
    not_weights=(".position_ids",),
    heads=("pooler", "bert.pooler", "cls", "classifier", "qa_outputs"),
)
"""BERT at Hugging Face, with and without heads."""
