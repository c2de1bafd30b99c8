"""Parts of a Hugging Face config that several types share: windows, heads, experts."""

from collections.abc import Callable

from llm_foundations.accounting.architecture import Experts
from llm_foundations.accounting.config_fields import Fields, Settings


def windows(
    fields: Fields, window: int | None, is_local: Callable[[int], bool] | None = None
) -> Settings:
    """Return the attention window, and the number of layers that have it.

    `layer_types` names those layers; it may be missing.

    Args:
        fields: The fields of a config.
        window: Positions that such a layer looks back on; None if no layer does.
        is_local: Whether a layer has the window, if there are no `layer_types`; all
            of them do if it is not given.

    Raises:
        ValueError: If `layer_types` does not fit the layers, or a layer has a window
            of unknown size.
    """
    n_layers, types = fields.size("num_hidden_layers"), fields["layer_types"]
    has_window = is_local or (lambda layer: window is not None)
    if types is None:
        n_local = sum(map(has_window, range(n_layers)))
    else:
        n_local = _count_local(fields, types)
    if n_local and window is None:
        raise ValueError(
            "'sliding_window' is null, but by 'layer_types' "
            f"{n_local} layers have a window"
        )
    return {"window": window, "n_windowed_layers": n_local} if n_local else {}


def _count_local(fields: Fields, types: object) -> int:
    n_layers = fields.size("num_hidden_layers")
    if not isinstance(types, list) or len(types) != n_layers:
        raise ValueError(
            f"'layer_types' must have one entry for each of "
            f"{fields.shown('num_hidden_layers')} ({n_layers}), got "
            f"{len(types) if isinstance(types, list) else repr(types)}"
        )
    for name in types:
        if name not in ("full_attention", "sliding_attention"):
            raise ValueError(
                "'layer_types' may have full_attention and sliding_attention, got "
                f"{name!r}"
            )
    return types.count("sliding_attention")


def window_everywhere(fields: Fields) -> Settings:
    """Return the sliding window of `sliding_window`, which all layers have.

    Args:
        fields: The fields of a config.

    Raises:
        ValueError: As `windows`.
    """
    return windows(fields, fields.optional_size("sliding_window"))


def optional_window(fields: Fields) -> int | None:
    """Return the sliding window; None where `use_sliding_window` is false.

    Args:
        fields: The fields of a config.

    Raises:
        ValueError: If it is no size.
    """
    window = fields.optional_size("sliding_window")
    return window if fields["use_sliding_window"] else None


def check_width(fields: Fields) -> None:
    """Refuse a width that the heads do not divide.

    Args:
        fields: The fields of a config.

    Raises:
        ValueError: With both fields.
    """
    width, n_heads = fields.size("hidden_size"), fields.size("num_attention_heads")
    if width % n_heads:
        raise ValueError(
            f"{fields.shown('num_attention_heads')} ({n_heads}) must divide "
            f"{fields.shown('hidden_size')} ({width})"
        )


def rotated_width(fields: Fields, name: str = "head_dim") -> int:
    """Return the width of a head, or of the part of it that is rotated in pairs.

    Args:
        fields: The fields of a config.
        name: The field that says it; if it is null, the heads share `hidden_size`.

    Raises:
        ValueError: If it is odd, or the heads do not divide `hidden_size`.
    """
    width = fields.optional_size(name)
    if width is None:
        check_width(fields)
        width = fields.size("hidden_size") // fields.size("num_attention_heads")
    if width % 2:
        raise ValueError(f"{name!r} must be even, as pairs are rotated, got {width}")
    return width


def kv_heads(fields: Fields, name: str) -> int:
    """Return the number of key-value heads; that of query heads if it is null.

    Args:
        fields: The fields of a config.
        name: The field that says it.

    Raises:
        ValueError: If it does not divide the number of query heads.
    """
    n_heads = fields.size("num_attention_heads")
    n_kv_heads = fields.optional_size(name) or n_heads
    if n_heads % n_kv_heads:
        raise ValueError(
            f"{name!r} ({n_kv_heads}) must divide 'num_attention_heads' ({n_heads})"
        )
    return n_kv_heads


def experts(fields: Fields, width: str, router_bias: bool = False) -> Experts:
    """Return the experts of a mixture that every layer has.

    Args:
        fields: The fields of a config.
        width: The field with the inner width of one expert.
        router_bias: Whether the router has a bias for each expert.

    Raises:
        ValueError: If a token visits more experts than there are.
    """
    return Experts(
        n_experts=fields.size("num_local_experts"),
        top_k=_top_k(fields, "num_local_experts"),
        d_expert=fields.size(width),
        router_bias=router_bias,
    )


def _top_k(fields: Fields, experts: str) -> int:
    top_k, n_experts = fields.size("num_experts_per_tok"), fields.size(experts)
    if top_k > n_experts:
        raise ValueError(
            f"'num_experts_per_tok' ({top_k}) is more than {experts!r} ({n_experts})"
        )
    return top_k


def _check_groups(fields: Fields) -> None:
    """Refuse groups of experts that a router cannot choose from."""
    n_experts = fields.size("n_routed_experts")
    n_groups = fields.optional_size("n_group") or 1
    n_chosen = fields.optional_size("topk_group") or 1
    if n_experts % n_groups:
        raise ValueError(
            f"'n_group' ({n_groups}) must divide 'n_routed_experts' ({n_experts})"
        )
    if n_chosen > n_groups:
        raise ValueError(
            f"'topk_group' ({n_chosen}) is more than 'n_group' ({n_groups})"
        )


def deepseek_experts(fields: Fields) -> Experts:
    """Return DeepSeek's experts: shared ones as well, and first layers without any.

    A model with fewer layers than `first_k_dense_replace` has no experts at all.

    Args:
        fields: The fields of a config.

    Raises:
        ValueError: If the numbers of experts, of those chosen, and of their groups do
            not fit together.
    """
    _check_groups(fields)
    n_dense = fields.size("first_k_dense_replace", least=0)
    return Experts(
        n_experts=fields.size("n_routed_experts"),
        top_k=_top_k(fields, "n_routed_experts"),
        d_expert=fields.size("moe_intermediate_size"),
        n_shared=fields.size("n_shared_experts", least=0),
        n_dense_layers=min(n_dense, fields.size("num_hidden_layers")),
        router_bias=fields.model_type == "deepseek_v3",
    )
