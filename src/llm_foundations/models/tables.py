"""Which of our tensors one of Transformers' holds: one table a family.

`{i}` stands for every layer, `{p}` for weight and bias, `{x}` for q, k, v and o. Where
several of ours are named, theirs holds them stacked along the output axis, in equal
parts; in BLOOM, head by head.
"""

from torch import nn

from llm_foundations.models.bert import (
    BERT,
    SequenceClassifier,
    SpanSelector,
    TokenClassifier,
)
from llm_foundations.models.bert_pretraining import MaskedLM, PretrainingBERT
from llm_foundations.models.bloom import Bloom
from llm_foundations.models.gpt import GPT
from llm_foundations.models.jais import Jais
from llm_foundations.models.llama import Llama
from llm_foundations.models.t5 import T5

Table = dict[str, str | tuple[str, ...]]
"""Their names of tensors, and ours; `{i}` is a layer, `{p}` weight or bias."""

_FEED_FORWARD_NORM = "blocks.{i}.feed_forward_norm.{p}"
_QKV = tuple(f"blocks.{{i}}.attention.{part}_proj.{{p}}" for part in "qkv")
GPT_TABLE: Table = {
    "transformer.wte.weight": "token_embedding.weight",
    "transformer.wpe.weight": "position_embedding.weight",
    "transformer.h.{i}.ln_1.{p}": "blocks.{i}.attention_norm.{p}",
    "transformer.h.{i}.attn.c_attn.{p}": _QKV,
    "transformer.h.{i}.attn.c_proj.{p}": "blocks.{i}.attention.o_proj.{p}",
    "transformer.h.{i}.ln_2.{p}": _FEED_FORWARD_NORM,
    "transformer.h.{i}.mlp.c_fc.{p}": "blocks.{i}.feed_forward.up_proj.{p}",
    "transformer.h.{i}.mlp.c_proj.{p}": "blocks.{i}.feed_forward.down_proj.{p}",
    "transformer.ln_f.{p}": "norm.{p}",
    "lm_head.weight": "lm_head.weight",
}
"""GPT-2."""
JAIS_TABLE: Table = {
    **GPT_TABLE,
    "transformer.h.{i}.mlp.c_fc2.{p}": "blocks.{i}.feed_forward.gate_proj.{p}",
}
"""JAIS: GPT-2's names, and the gate as a second `c_fc`."""
BLOOM_TABLE: Table = {
    "transformer.word_embeddings.weight": "token_embedding.weight",
    "transformer.word_embeddings_layernorm.{p}": "embedding_norm.{p}",
    "transformer.h.{i}.input_layernorm.{p}": "blocks.{i}.attention_norm.{p}",
    "transformer.h.{i}.self_attention.query_key_value.{p}": _QKV,
    "transformer.h.{i}.self_attention.dense.{p}": "blocks.{i}.attention.o_proj.{p}",
    "transformer.h.{i}.post_attention_layernorm.{p}": _FEED_FORWARD_NORM,
    "transformer.h.{i}.mlp.dense_h_to_4h.{p}": "blocks.{i}.feed_forward.up_proj.{p}",
    "transformer.h.{i}.mlp.dense_4h_to_h.{p}": "blocks.{i}.feed_forward.down_proj.{p}",
    "transformer.ln_f.{p}": "norm.{p}",
}
"""BLOOM."""
LLAMA_TABLE: Table = {
    "model.embed_tokens.weight": "token_embedding.weight",
    "model.layers.{i}.input_layernorm.{p}": "blocks.{i}.attention_norm.{p}",
    "model.layers.{i}.self_attn.{x}_proj.{p}": "blocks.{i}.attention.{x}_proj.{p}",
    "model.layers.{i}.post_attention_layernorm.{p}": _FEED_FORWARD_NORM,
    "model.layers.{i}.mlp.gate_proj.{p}": "blocks.{i}.feed_forward.gate_proj.{p}",
    "model.layers.{i}.mlp.up_proj.{p}": "blocks.{i}.feed_forward.up_proj.{p}",
    "model.layers.{i}.mlp.down_proj.{p}": "blocks.{i}.feed_forward.down_proj.{p}",
    "model.norm.{p}": "norm.{p}",
    "lm_head.weight": "lm_head.weight",
}
"""Llama and Mistral."""
BERT_TABLE: Table = {
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
"""BERT without heads."""
BERT_HEADS_TABLE: Table = {
    **{f"bert.{theirs}": f"bert.{ours}" for theirs, ours in BERT_TABLE.items()},
    "cls.predictions.transform.dense.{p}": "head.dense.{p}",
    "cls.predictions.transform.LayerNorm.{p}": "head.norm.{p}",
    "cls.predictions.bias": "head.bias",
    "cls.seq_relationship.{p}": "next_sentence.{p}",
    "classifier.{p}": "classifier.{p}",
    "qa_outputs.{p}": "span.{p}",
}
"""BERT with the heads of its pre-training."""
_T5_ENCODER_BLOCK = {
    "0.SelfAttention.{x}": "attention.{x}_proj",
    "0.layer_norm": "attention_norm",
    "1.DenseReluDense.wi": "feed_forward.up_proj",
    "1.DenseReluDense.wo": "feed_forward.down_proj",
    "1.layer_norm": "feed_forward_norm",
}
_T5_DECODER_BLOCK = {
    "0.SelfAttention.{x}": "attention.{x}_proj",
    "0.layer_norm": "attention_norm",
    "1.EncDecAttention.{x}": "cross_attention.{x}_proj",
    "1.layer_norm": "cross_norm",
    "2.DenseReluDense.wi": "feed_forward.up_proj",
    "2.DenseReluDense.wo": "feed_forward.down_proj",
    "2.layer_norm": "feed_forward_norm",
}
_T5_BIAS = "block.0.layer.0.SelfAttention.relative_attention_bias.weight"
T5_TABLE: Table = {
    "shared.weight": "token_embedding.weight",
    f"encoder.{_T5_BIAS}": "encoder_bias.table.weight",
    f"decoder.{_T5_BIAS}": "decoder_bias.table.weight",
    **{
        f"encoder.block.{{i}}.layer.{theirs}.weight": (
            f"encoder_blocks.{{i}}.{ours}.weight"
        )
        for theirs, ours in _T5_ENCODER_BLOCK.items()
    },
    **{
        f"decoder.block.{{i}}.layer.{theirs}.weight": (
            f"decoder_blocks.{{i}}.{ours}.weight"
        )
        for theirs, ours in _T5_DECODER_BLOCK.items()
    },
    "encoder.final_layer_norm.weight": "encoder_norm.weight",
    "decoder.final_layer_norm.weight": "decoder_norm.weight",
    "lm_head.weight": "lm_head.weight",
}
"""T5 1.0."""
T5_GATED_TABLE: Table = {
    **{theirs.replace(".wi.", ".wi_1."): ours for theirs, ours in T5_TABLE.items()},
    **{
        theirs.replace(".wi.", ".wi_0."): str(ours).replace("up_proj", "gate_proj")
        for theirs, ours in T5_TABLE.items()
        if ".wi." in theirs
    },
}
"""T5 1.1, whose feed-forward layers are gated."""
_TABLES: dict[type[nn.Module], Table] = {
    GPT: GPT_TABLE,
    Llama: LLAMA_TABLE,
    BERT: BERT_TABLE,
    MaskedLM: BERT_HEADS_TABLE,
    PretrainingBERT: BERT_HEADS_TABLE,
    SequenceClassifier: BERT_HEADS_TABLE,
    TokenClassifier: BERT_HEADS_TABLE,
    SpanSelector: BERT_HEADS_TABLE,
    T5: T5_TABLE,
    Bloom: BLOOM_TABLE,
    Jais: JAIS_TABLE,
}


def table_of(model: nn.Module) -> Table:
    """Return the table of the model's family.

    Raises:
        TypeError: If there is none.
    """
    if isinstance(model, T5) and model.config.gated:
        return T5_GATED_TABLE
    if type(model) not in _TABLES:
        known = ", ".join(cls.__name__ for cls in _TABLES)
        raise TypeError(f"no table for {type(model).__name__}; there are: {known}")
    return _TABLES[type(model)]
