"""The fields of a Hugging Face config, read as its class in Transformers reads them.

A field that is missing has the class's default, one of another type is refused, and
one that the class does not have is ignored. The classes stand in
`config_classes.json`, so that nothing heavy is imported.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

Config = Mapping[str, Any]
"""The content of a `config.json`."""
Settings = dict[str, Any]
"""Arguments of `Architecture`."""

HARMLESS = frozenset(
    """
    use_cache bos_token_id eos_token_id pad_token_id
    decoder_start_token_id forced_eos_token_id
    initializer_range initializer_factor init_std
    layer_norm_eps layer_norm_epsilon rms_norm_eps
    activation activation_function afn hidden_act hidden_activation
    activation_dropout attention_dropout attention_probs_dropout_prob attn_pdrop
    classifier_dropout classifier_dropout_prob dropout dropout_rate embd_pdrop
    hidden_dropout hidden_dropout_prob qa_dropout resid_pdrop seq_classif_dropout
    encoder_layerdrop decoder_layerdrop layerdrop
    summary_activation summary_first_dropout summary_proj_to_labels summary_type
    summary_use_proj
    alibi original_max_position_embeddings relative_attention_max_distance
    rope_interleave rope_parameters rotary_dim sinusoidal_pos_embds
    attn_logit_softcapping final_logit_softcapping query_pre_attn_scalar
    reorder_and_upcast_attn scale_attn_by_inverse_layer_idx scale_attn_weights
    apply_residual_connection_post_layernorm pretraining_tp scale_embedding
    slow_but_exact use_parallel_residual
    norm_topk_prob num_mtp_layers output_router_logits routed_scaling_factor
    router_aux_loss_coef router_jitter_noise swiglu_alpha swiglu_limit topk_method
    """.split()  # noqa: SIM905 (sixty names)
)
"""Fields that change neither the number of parameters nor the size of the cache."""

_LOOKED_UP = (
    *("head_dim", "layer_types", "sliding_window"),
    *("attention_chunk_size", "kv_sharing_modes", "per_layer_config"),
    *("decoder", "generator", "text_config"),
)
"""Fields that Transformers heeds even where a class does not have them."""

_OLD_NAMES = {kind: {"n_embed": "hidden_size"} for kind in ("bloom", "falcon")}
"""Names that Transformers takes from old files besides the aliases of the class."""

_IN_WORDS = {
    **{"int": "a whole number", "float": "a decimal number", "bool": "true or false"},
    **{"str": "a string", "dict": "an object", "null": "null"},
    **{"list[int]": "a list of whole numbers", "list[str]": "a list of strings"},
}
_JSON_TYPES: dict[str, type] = {
    **{"int": int, "float": float, "bool": bool, "str": str},
    **{"dict": dict, "null": type(None)},
}


@cache
def config_classes() -> dict[str, dict[str, list[Any]]]:
    """Return, for each `model_type`, the fields of its class in Transformers.

    Returns:
        For each field the types that it may have, and its default. Another name for
        a field has the type `alias`, and the field in the default's place.

    Examples:
        >>> gpt2 = config_classes()["gpt2"]
        >>> gpt2["n_embd"], gpt2["n_inner"], gpt2["hidden_size"]
        (['int', 768], ['int | null', None], ['alias', 'n_embd'])
    """
    path = Path(__file__).with_name("config_classes.json")
    return json.loads(path.read_text(encoding="utf-8"))


class Fields:
    """The fields of one config, which remembers those that were asked for.

    Args:
        config: The content of a `config.json`, of a known `model_type`.

    Raises:
        ValueError: If a field has another type than in Transformers, or two names of
            one field contradict each other.

    Examples:
        >>> fields = Fields({"model_type": "gpt2", "hidden_size": 32})
        >>> fields["n_embd"], fields["n_head"]
        (32, 12)
    """

    def __init__(self, config: Config) -> None:
        rows = config_classes()[config["model_type"]]
        self.model_type: str = config["model_type"]
        self._config = config
        aliases = {name: row[1] for name, row in rows.items() if row[0] == "alias"}
        self._names = aliases | _OLD_NAMES.get(self.model_type, {})
        self._rows = {n: row for n, row in rows.items() if n not in aliases}
        self._read: set[str] = set()
        self._values = {name: row[1] for name, row in self._rows.items()}
        for name in self._rows.keys() & config.keys():
            self._values[name] = self._checked(name, name)
        for name in self._names.keys() & config.keys():
            self._take_alias(name)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 (JSON)
        """Return a field under any of its names.

        Args:
            name: A field of the class, or one that Transformers heeds in any class.
        """
        name = self._names.get(name, name)
        self._read.add(name)
        if name in _LOOKED_UP and name not in self._values:
            return self._config.get(name)
        return self._values[name]

    def __contains__(self, name: str) -> bool:
        """Return whether the file itself has a name."""
        return name in self._config

    def size(self, name: str, least: int = 1) -> int:
        """Return a whole number that is large enough.

        Args:
            name: A field that holds a size or a number of things.
            least: The smallest that makes sense.

        Raises:
            ValueError: If it is null, no whole number, or smaller.
        """
        value = self[name]
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(
                f"{self.shown(name)} must be a whole number, got {value!r}"
            )
        if value < least:
            raise ValueError(
                f"{self.shown(name)} must be at least {least}, got {value}"
            )
        return value

    def optional_size(self, name: str) -> int | None:
        """Return a whole number that is at least 1, or None if the field is null.

        Args:
            name: A field that holds a size.

        Raises:
            ValueError: If it is neither.
        """
        return None if self[name] is None else self.size(name)

    def shown(self, name: str) -> str:
        """Return the name under which the file has a field, in quotes.

        Args:
            name: Any name of the field.
        """
        field = self._names.get(name, name)
        names = [field, *(n for n, other in self._names.items() if other == field)]
        return repr(next((n for n in names if n in self._config), field))

    def ignore(self, *names: str) -> None:
        """Mark fields that change nothing in this type, whatever they are.

        Args:
            names: Fields that other types depend on.
        """
        self._read.update(names)

    def given(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 (JSON)
        """Return what the file itself has under a name, whatever the class says.

        Args:
            name: The name, which may be no field of the class.
            default: The value if the file does not have it.
        """
        return self._config.get(name, default)

    def refuse_unread(self) -> None:
        """Refuse what was never asked for and is neither harmless nor a default.

        Raises:
            ValueError: Naming the fields, what they are, and what is supported.
        """
        values = {name: self._config.get(name) for name in _LOOKED_UP} | self._values
        defaults = {name: row[1] for name, row in self._rows.items()}
        wrong = [
            f"{name}={values[name]!r} (only {defaults.get(name)!r} is supported)"
            for name in sorted(values.keys() - self._read - HARMLESS)
            if values[name] != defaults.get(name)
        ]
        if wrong:
            raise ValueError(
                f"this {self.model_type} is not covered: {'; '.join(wrong)}"
            )

    def _take_alias(self, name: str) -> None:
        field = self._names[name]
        value = self._checked(name, field)
        if field in self._config and self._config[field] != value:
            raise ValueError(
                f"{name!r} and {field!r} of a {self.model_type} are the same field, "
                f"got {value!r} and {self._config[field]!r}"
            )
        self._values[field] = value

    def _checked(self, name: str, field: str) -> Any:  # noqa: ANN401 (JSON)
        value, kinds = self._config[name], self._rows[field][0].split(" | ")
        if kinds != ["any"] and not any(_is_of_kind(value, kind) for kind in kinds):
            wanted = " or ".join(_IN_WORDS[kind] for kind in kinds)
            raise ValueError(f"{name!r} must be {wanted}, got {value!r}")
        return value


def _is_of_kind(value: Any, kind: str) -> bool:  # noqa: ANN401 (JSON)
    if kind.startswith("list["):
        item = kind[len("list[") : -1]
        return isinstance(value, list) and all(_is_of_kind(v, item) for v in value)
    if kind == "int" and isinstance(value, bool):
        return False
    return isinstance(value, _JSON_TYPES[kind])
