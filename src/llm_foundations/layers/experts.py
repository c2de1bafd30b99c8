"""A mixture of experts: many feed-forward layers, of which each token uses a few."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from llm_foundations.checks import check_integer, check_width


def route(
    router_logits: Float[Tensor, "N E"], top_k: int
) -> tuple[Float[Tensor, "N K"], Int[Tensor, "N K"]]:
    """Choose each token's best experts, and how much each of them counts.

    The weights are a softmax over the chosen alone: they sum to 1.

    Raises:
        ValueError: If the logits are not a matrix, or `top_k` is not in 1 to E.

    Examples:
        >>> weights, chosen = route(torch.tensor([[0.0, 2.0, 2.0]]), top_k=2)
        >>> weights.tolist(), sorted(chosen[0].tolist())
        ([[0.5, 0.5]], [1, 2])

    Reference:
        Jiang et al. (2024), Mixtral, section 2.1, <https://arxiv.org/abs/2401.04088>
    """
    if router_logits.ndim != 2:
        shape = tuple(router_logits.shape)
        raise ValueError(f"router_logits must be one row per token, got shape {shape}")
    check_integer("top_k", top_k, most=router_logits.shape[1])
    best, chosen = router_logits.topk(top_k, dim=-1)
    return best.softmax(dim=-1), chosen


def load_balancing_loss(
    router_logits: Float[Tensor, "N E"], top_k: int
) -> Float[Tensor, ""]:
    r"""Return how unevenly the router spreads tokens: `top_k` when even, up to E.

    $E \sum_e f_e P_e$, with $f_e$ the chosen slots a token that fall on expert $e$, and
    $P_e$ the mean probability that the router gives it. Only $P$ has a gradient, which
    lowers the logits of experts that are chosen too often.

    Raises:
        ValueError: If the logits are not a matrix, or `top_k` is not in 1 to E.

    Examples:
        >>> collapsed = torch.tensor([[100.0, 0.0], [100.0, 0.0]])
        >>> load_balancing_loss(collapsed, top_k=1).item()
        2.0

    Reference:
        Fedus et al. (2022), section 2.2, equation 4, <https://arxiv.org/abs/2101.03961>
    """
    _, chosen = route(router_logits, top_k)
    n_tokens, n_experts = router_logits.shape
    share = torch.bincount(chosen.flatten(), minlength=n_experts) / n_tokens
    probability = router_logits.softmax(dim=-1).mean(dim=0)
    return n_experts * (share * probability).sum()


class MixtureOfExperts(nn.Module):
    """A feed-forward layer made of many, from which a router picks for each token.

    No token is dropped, however many choose the same expert.

    Args:
        d_model: Width of each position's vector.
        expert: Makes one expert, such as `partial(SwiGLU, d_model, d_ff)`.
        n_experts: How many there are.
        top_k: How many each token uses.

    Attributes:
        router_logits: Of the last call, one row a token; for `load_balancing_loss`.

    Raises:
        ValueError: If a size is less than 1, or `top_k` is not in 1 to `n_experts`.

    Reference:
        Shazeer et al. (2017), <https://arxiv.org/abs/1701.06538>;
        Jiang et al. (2024), section 2.1, <https://arxiv.org/abs/2401.04088>
    """

    def __init__(
        self, d_model: int, expert: Callable[[], nn.Module], n_experts: int, top_k: int
    ) -> None:
        super().__init__()
        check_integer("d_model", d_model)
        check_integer("n_experts", n_experts)
        check_integer("top_k", top_k, most=n_experts)
        self.d_model, self.top_k = d_model, top_k
        self.router = nn.Linear(d_model, n_experts, bias=False)
        self.experts = nn.ModuleList(expert() for _ in range(n_experts))
        self.router_logits: Tensor | None = None

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        """Return the weighted sum of what each token's experts make of it.

        Raises:
            ValueError: If the width of `x` is not `d_model`.
        """
        check_width("x", x.shape, self.d_model)
        tokens = x.reshape(-1, x.shape[-1])  # (N, C)
        self.router_logits = self.router(tokens)
        weights, chosen = route(self.router_logits, self.top_k)
        result = torch.zeros_like(tokens)
        for e, expert in enumerate(self.experts):
            rows, slots = (chosen == e).nonzero(as_tuple=True)
            share = weights[rows, slots, None]
            result = result.index_add(0, rows, share * expert(tokens[rows]))
        return result.reshape(x.shape)


def mix_densely(
    layer: MixtureOfExperts, x: Float[Tensor, "*batch C"]
) -> Float[Tensor, "*batch C"]:
    """Compute the same with every expert on every token: the plain form.

    The unchosen experts' results are multiplied by 0, so it costs `n_experts / top_k`
    times as much.
    """
    weights, chosen = route(layer.router(x.reshape(-1, x.shape[-1])), layer.top_k)
    shares = torch.zeros(len(weights), len(layer.experts), dtype=weights.dtype)
    shares = shares.to(x.device).scatter(1, chosen, weights)
    results = torch.stack(
        [expert(x) for expert in layer.experts], dim=-1
    )  # (..., C, E)
    return (results * shares.reshape(*x.shape[:-1], 1, -1)).sum(-1)
