"""BERT with the heads of its pre-training: masked tokens, and the next sentence."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from llm_foundations.layers.embedding import TokenEmbedding
from llm_foundations.layers.normalization import LayerNorm
from llm_foundations.models.bert import BERT, BERTConfig, BERTEncoder


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
