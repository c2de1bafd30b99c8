"""Every countable model of the ledger against Transformers, at its full depth.

Both sides are arithmetic: Transformers builds each model on the meta device, which
allocates nothing. Run it from the root of the repository:

    python -m benchmarks.parameter_counts
"""

import time
from typing import Any

import torch
import transformers

from llm_foundations.accounting import count_parameters
from llm_foundations.facts import PublishedModel, published_models

NO_CLASS = {
    "Word2Vec GoogleNews": "an embedding table",
    "Transformer base": "Transformers has no class without attention biases",
    "Transformer big": "Transformers has no class without attention biases",
    "PaLM": "Transformers has no class",
    "JAIS": "Transformers has no class (its code comes with the checkpoint)",
}
"""Names, or their first words, of the rows that Transformers cannot build."""


def why_no_class(model: PublishedModel) -> str:
    """Say why Transformers cannot build a row; empty if it can."""
    for start, reason in NO_CLASS.items():
        if model.name.startswith(start):
            return reason
    return ""


def router_biases(model: PublishedModel) -> int:
    """Parameters that the ledger counts and Transformers keeps as a buffer."""
    if model.name != "DeepSeek-V3":
        return 0
    options = model.options
    return options["experts"] * ((model.n_layers or 0) - options["dense_layers"])


def transformers_parameters(model: PublishedModel) -> int:
    """Count the parameters of the class that Transformers has for a row."""
    with torch.device("meta"):
        built = build(model)
    return sum(weight.numel() for weight in built.parameters())


def build(model: PublishedModel) -> torch.nn.Module:
    """Build a row with the settings that its architecture stands for."""
    config = transformers_config(model)
    if model.arch in ("bert", "bart"):
        return transformers.AutoModel.from_config(config)
    if model.arch == "t5":
        return transformers.T5ForConditionalGeneration(config)
    return transformers.AutoModelForCausalLM.from_config(config)


def transformers_config(model: PublishedModel) -> Any:
    """Translate a row by hand, independently of `accounting.huggingface`."""
    for start, translate in TRANSLATIONS.items():
        if model.name.startswith(start):
            return translate(model)
    raise ValueError(f"no translation for {model.name}")


def _classic(m: PublishedModel) -> dict[str, Any]:
    return {
        "vocab_size": m.vocab_size,
        "n_positions": m.context_length,
        "n_embd": m.d_model,
        "n_layer": m.n_layers,
        "n_head": m.n_heads,
    }


def _modern(m: PublishedModel) -> dict[str, Any]:
    return {
        "vocab_size": m.vocab_size,
        "hidden_size": m.d_model,
        "num_hidden_layers": m.n_layers,
        "num_attention_heads": m.n_heads,
        "num_key_value_heads": m.n_kv_heads,
        "intermediate_size": m.d_ff,
        "max_position_embeddings": m.context_length,
        "tie_word_embeddings": m.tie_embeddings,
        "pad_token_id": None,
    }


def _encoder(m: PublishedModel) -> dict[str, Any]:
    rows = {"max_position_embeddings": m.options.get("max_pos", m.context_length)}
    return {**_modern(m), **rows, "type_vocab_size": m.options.get("types", 2)}


def _distilbert(m: PublishedModel) -> Any:
    sizes = {"dim": m.d_model, "n_layers": m.n_layers, "n_heads": m.n_heads}
    return transformers.DistilBertConfig(
        vocab_size=m.vocab_size, hidden_dim=m.d_ff, **sizes
    )


def _t5(m: PublishedModel) -> Any:
    widths = {"d_model": m.d_model, "d_ff": m.d_ff, "d_kv": m.head_dim}
    return transformers.T5Config(
        vocab_size=m.vocab_size, num_layers=m.n_layers, num_heads=m.n_heads, **widths
    )


def _bart(m: PublishedModel) -> Any:
    sizes = {"layers": m.n_layers, "attention_heads": m.n_heads, "ffn_dim": m.d_ff}
    stacks = {
        f"{stack}_{key}": value
        for stack in ("encoder", "decoder")
        for key, value in sizes.items()
    }
    return transformers.BartConfig(
        vocab_size=m.vocab_size,
        d_model=m.d_model,
        max_position_embeddings=m.context_length,
        **stacks,
    )


def _bloom(m: PublishedModel) -> Any:
    return transformers.BloomConfig(
        vocab_size=m.vocab_size,
        hidden_size=m.d_model,
        n_layer=m.n_layers,
        n_head=m.n_heads,
    )


def _falcon(m: PublishedModel) -> Any:
    is_new = m.name != "Falcon-7B"
    return transformers.FalconConfig(
        **{**_modern(m), "num_kv_heads": m.n_kv_heads, "bias": False},
        new_decoder_architecture=is_new,
        multi_query=not is_new,
        parallel_attn=True,
    )


def _mixtral(m: PublishedModel) -> Any:
    return transformers.MixtralConfig(
        **_modern(m), num_local_experts=m.options["experts"]
    )


def _gpt_oss(m: PublishedModel) -> Any:
    return transformers.GptOssConfig(
        **_modern(m), head_dim=m.head_dim, num_local_experts=m.options["experts"]
    )


def _deepseek(m: PublishedModel) -> dict[str, Any]:
    o = m.options
    return {
        **_modern(m),
        "moe_intermediate_size": o["moe_ff"],
        "n_routed_experts": o["experts"],
        "n_shared_experts": o["shared"],
        "num_experts_per_tok": o["top_k"],
        "first_k_dense_replace": o["dense_layers"],
        "q_lora_rank": o["q_lora"],
        "kv_lora_rank": o["kv_lora"],
        "qk_nope_head_dim": o["nope"],
        "qk_rope_head_dim": o["rope"],
        "v_head_dim": o["v"],
    }


def _llama(m: PublishedModel) -> Any:
    return transformers.LlamaConfig(**_modern(m))


def _neox(m: PublishedModel) -> Any:
    return transformers.GPTNeoXConfig(**_modern(m))


TRANSLATIONS = {
    "GPT-1": lambda m: transformers.OpenAIGPTConfig(**_classic(m)),
    "GPT-2": lambda m: transformers.GPT2Config(**_classic(m)),
    "GPT-3": lambda m: transformers.GPT2Config(**_classic(m)),
    "GPT-J": lambda m: transformers.GPTJConfig(**_classic(m)),
    **{"GPT-NeoX": _neox, "Pythia": _neox},
    "OPT": lambda m: transformers.OPTConfig(
        **_modern(m), ffn_dim=m.d_ff, word_embed_proj_dim=m.d_model
    ),
    "BLOOM": _bloom,
    **{"LLaMA": _llama, "Llama": _llama, "SmolLM2": _llama},
    "Mistral": lambda m: transformers.MistralConfig(**_modern(m)),
    "Mixtral": _mixtral,
    "Gemma 2 ": lambda m: transformers.Gemma2Config(**_modern(m), head_dim=m.head_dim),
    "Gemma": lambda m: transformers.GemmaConfig(**_modern(m), head_dim=m.head_dim),
    "Qwen2.5": lambda m: transformers.Qwen2Config(**_modern(m)),
    "Falcon": _falcon,
    "DeepSeek-V2": lambda m: transformers.DeepseekV2Config(**_deepseek(m)),
    "DeepSeek-V3": lambda m: transformers.DeepseekV3Config(**_deepseek(m)),
    "gpt-oss": _gpt_oss,
    "BERT": lambda m: transformers.BertConfig(**_encoder(m)),
    "DistilBERT": _distilbert,
    "RoBERTa": lambda m: transformers.RobertaConfig(**_encoder(m)),
    "ALBERT": lambda m: transformers.AlbertConfig(
        **_encoder(m), embedding_size=m.options["emb"]
    ),
    "T5": _t5,
    "BART": _bart,
}
"""How each family of rows is written as a config of Transformers."""


def main() -> None:
    """Print the table, and how often the two sides are equal."""
    equal = different = 0
    for model in published_models():
        if model.countable != "yes":
            continue
        ours, reason = count_parameters(model).total, why_no_class(model)
        if reason:
            print(f"{model.name:22} {ours:>19,}  no reference: {reason}")
            continue
        start = time.process_time()
        theirs = transformers_parameters(model)
        seconds = time.process_time() - start
        equal += ours == theirs
        different += ours != theirs
        verdict = "equal" if ours == theirs else f"differs: Transformers {theirs:,}"
        if ours - theirs == router_biases(model) != 0:
            verdict += f", the {ours - theirs:,} router biases are buffers there"
        print(f"{model.name:22} {ours:>19,}  {verdict}  ({seconds:.1f} CPU-s)")
    print(f"{equal} equal, {different} different")


if __name__ == "__main__":
    main()
