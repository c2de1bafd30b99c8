"""Tiny models with random weights, ours beside Transformers', the weights the same."""

import copy
from typing import Any

import torch
import transformers
from torch import Tensor, nn
from torch.nn import functional as F

from llm_foundations.models.bert import (
    BERT,
    BERTConfig,
    MaskedLM,
    PretrainingBERT,
    QuestionAnswering,
    SequenceClassifier,
    TokenClassifier,
)
from llm_foundations.models.bloom import Bloom, BloomConfig
from llm_foundations.models.conversion import load_huggingface, to_huggingface
from llm_foundations.models.gpt import GPT, GPTConfig
from llm_foundations.models.jais import Jais, JaisConfig
from llm_foundations.models.llama import Llama, LlamaConfig
from llm_foundations.models.t5 import T5, T5Config
from tests.models.plain_jais import PlainJais

VOCAB = 37
BERT_CLASSES: dict[str, Any] = {
    "Model": BERT,
    "ForMaskedLM": MaskedLM,
    "ForPreTraining": PretrainingBERT,
    "ForSequenceClassification": SequenceClassifier,
    "ForTokenClassification": TokenClassifier,
    "ForQuestionAnswering": QuestionAnswering,
}
# What the config of JAIS-13B says of the kind of model it is.
JAIS_KIND = {
    "activation_function": "swiglu",
    "position_embedding_type": "alibi",
    "scale_qk_dot_by_d": True,
    **dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), 0.0),
}
# Transformers gives the embedding of a padding token no gradient: declare none.
_NO_TOKENS = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}


def randomized(model: nn.Module) -> nn.Module:
    """Give every weight, norms and biases included, a value that can be seen."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3)
    return model.eval()


def gpt2(**sizes: Any) -> tuple[GPT, nn.Module]:
    """Make GPT-2 twice."""
    small = {"n_positions": 24, "n_embd": 12, "n_layer": 2, "n_head": 3}
    sizes = {"vocab_size": VOCAB} | small | sizes
    config = transformers.GPT2Config(**sizes, **_NO_TOKENS)
    theirs = randomized(transformers.GPT2LMHeadModel(config))
    return twin(GPT(GPTConfig.from_huggingface(config.to_dict())), theirs), theirs


def bloom(**sizes: Any) -> tuple[Bloom, nn.Module]:
    """Make BLOOM twice."""
    sizes = {"hidden_size": 12, "n_layer": 2, "n_head": 3} | sizes
    config = transformers.BloomConfig(vocab_size=VOCAB, **sizes, **_NO_TOKENS)
    theirs = randomized(transformers.BloomForCausalLM(config))
    return twin(Bloom(BloomConfig.from_huggingface(config.to_dict())), theirs), theirs


def jais(**sizes: int) -> tuple[Jais, nn.Module]:
    """Make JAIS twice, the other time plainly: Transformers has none."""
    sizes = {"n_embd": 12, "n_layer": 2, "n_head": 3, "n_inner": 20} | sizes
    sizes["vocab_size"] = VOCAB
    theirs = randomized(PlainJais(**sizes))
    scales = {
        "embeddings_scale": theirs.embeddings_scale,
        "width_scale": theirs.width_scale,
    }
    config = JaisConfig.from_huggingface(JAIS_KIND | scales | sizes)
    return twin(Jais(config), theirs), theirs


def llama(**sizes: Any) -> tuple[Llama, nn.Module]:
    """Make Llama twice; Mistral, if there is a window."""
    kind = "Mistral" if "sliding_window" in sizes else "Llama"
    sizes = {
        "hidden_size": 16,
        "intermediate_size": 20,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 24,
    } | sizes
    config = getattr(transformers, f"{kind}Config")(
        vocab_size=VOCAB, **sizes, **_NO_TOKENS
    )
    theirs = randomized(getattr(transformers, f"{kind}ForCausalLM")(config))
    return twin(Llama(LlamaConfig.from_huggingface(config.to_dict())), theirs), theirs


def bert(head: str, n_labels: int | None = None, **sizes: Any) -> tuple[Any, Any]:
    """Make BERT twice, under the head of that name in Transformers."""
    sizes = {
        "hidden_size": 12,
        "num_hidden_layers": 2,
        "num_attention_heads": 3,
        "intermediate_size": 10,
        "max_position_embeddings": 16,
    } | sizes
    theirs_too = {"num_labels": n_labels} if n_labels else {}
    config = transformers.BertConfig(
        vocab_size=VOCAB, **sizes, **theirs_too, **_NO_TOKENS
    )
    theirs = randomized(getattr(transformers, f"Bert{head}")(config))
    labels = (n_labels,) if n_labels else ()
    mine = BERTConfig.from_huggingface(config.to_dict())
    return twin(BERT_CLASSES[head](mine, *labels), theirs), theirs


def t5(tied: bool = True, **sizes: Any) -> tuple[T5, nn.Module]:
    """Make T5 twice; version 1.1, if it is gated and untied."""
    sizes = {
        "d_model": 12,
        "d_kv": 5,
        "d_ff": 14,
        "num_layers": 2,
        "num_heads": 3,
        "relative_attention_num_buckets": 8,
        "relative_attention_max_distance": 12,
        "dropout_rate": 0.0,
    } | sizes
    config = transformers.T5Config(
        vocab_size=VOCAB, tie_word_embeddings=tied, **sizes, **_NO_TOKENS
    )
    theirs = transformers.T5ForConditionalGeneration(config)
    if not tied:  # Transformers 5 ties it in any case, unless a file says otherwise
        theirs.lm_head.weight = nn.Parameter(theirs.lm_head.weight.detach().clone())
    randomized(theirs)
    return twin(T5(T5Config.from_huggingface(config.to_dict())), theirs), theirs


def twin(ours: nn.Module, theirs: nn.Module) -> Any:
    """Give ours the weights of theirs."""
    load_huggingface(ours, theirs.state_dict())
    return ours.eval()


def gradients(ours: nn.Module) -> dict[str, Tensor]:
    """Return the gradients of our parameters under Transformers' names."""
    holder = copy.deepcopy(ours)
    with torch.no_grad():
        for place, parameter in zip(
            holder.parameters(), ours.parameters(), strict=True
        ):
            assert parameter.grad is not None
            place.copy_(parameter.grad)
    return to_huggingface(holder)


def assert_gradients_close(ours: nn.Module, theirs: nn.Module) -> None:
    """Compare the gradient of every parameter."""
    mine = gradients(ours)
    for name, parameter in theirs.named_parameters():
        expected = parameter.grad
        torch.testing.assert_close(
            mine[name], expected, msg=lambda m, n=name: f"{n}: {m}"
        )


def assert_trains_alike(
    ours: nn.Module, theirs: nn.Module, n_batch: int, n: int
) -> None:
    """Compare a decoder's logits, loss and gradients with those of its reference."""
    token_ids, targets = torch.randint(VOCAB, (2, n_batch, n))
    logits, expected = ours(token_ids), theirs(token_ids).logits
    torch.testing.assert_close(logits, expected)
    losses = [F.cross_entropy(x.mT, targets) for x in (logits, expected)]
    torch.testing.assert_close(*losses)
    for loss in losses:
        loss.backward()
    assert_gradients_close(ours, theirs)
