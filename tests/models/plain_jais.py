"""JAIS written plainly, under its checkpoint's names: the reference for ours.

Transformers has no JAIS; its code comes with the checkpoint. This follows the
published structure with `torch.nn` and Transformers' `Conv1D`, and shares no line with
the package.
"""

import math
from types import SimpleNamespace

import torch
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D


class PlainJais(nn.Module):
    """All positions at once, every score a number in one table, no cache."""

    def __init__(
        self, n_embd: int, n_layer: int, n_head: int, n_inner: int, vocab_size: int
    ) -> None:
        super().__init__()
        self.n_head, self.embeddings_scale, self.width_scale = n_head, 3.5, 0.25
        self.transformer = nn.Module()
        self.transformer.wte = nn.Embedding(vocab_size, n_embd)
        self.transformer.h = nn.ModuleList(
            block(n_embd, n_inner) for _ in range(n_layer)
        )
        self.transformer.ln_f = nn.LayerNorm(n_embd)

    def forward(self, input_ids: Tensor) -> SimpleNamespace:
        x = self.transformer.wte(input_ids) * self.embeddings_scale
        for layer in self.transformer.h:
            x = x + self.attend(layer.attn, layer.ln_1(x))
            h = layer.ln_2(x)
            gate = layer.mlp.c_fc2(h)
            x = x + layer.mlp.c_proj(layer.mlp.c_fc(h) * gate * torch.sigmoid(gate))
        logits = self.transformer.ln_f(x) @ self.transformer.wte.weight.T
        return SimpleNamespace(logits=logits * self.width_scale)

    def attend(self, attn: nn.Module, x: Tensor) -> Tensor:
        n, read = range(x.shape[1]), []
        thirds = [third.chunk(self.n_head, -1) for third in attn.c_attn(x).chunk(3, -1)]
        for slope, q, k, v in zip(slopes(self.n_head), *thirds, strict=True):
            bias = [[slope * (j - i) if j <= i else -math.inf for j in n] for i in n]
            scores = q @ k.mT / q.shape[-1] + torch.tensor(bias, dtype=x.dtype)
            read.append(scores.softmax(-1) @ v)
        return attn.c_proj(torch.cat(read, dim=-1))

    @torch.no_grad()
    def generate(
        self,
        input_ids: Tensor,
        max_new_tokens: int,
        attention_mask: Tensor | None = None,
        do_sample: bool = False,
    ) -> Tensor:
        assert not do_sample
        assert attention_mask is None or attention_mask.all()
        for _ in range(max_new_tokens):
            best = self(input_ids).logits[:, -1:].argmax(-1)
            input_ids = torch.cat((input_ids, best), dim=1)
        return input_ids


def block(n_embd: int, n_inner: int) -> nn.Module:
    layer = nn.Module()
    layer.ln_1, layer.ln_2 = nn.LayerNorm(n_embd), nn.LayerNorm(n_embd)
    layer.attn, layer.mlp = nn.Module(), nn.Module()
    layer.attn.c_attn = Conv1D(3 * n_embd, n_embd)
    layer.attn.c_proj = Conv1D(n_embd, n_embd)
    layer.mlp.c_fc, layer.mlp.c_fc2 = Conv1D(n_inner, n_embd), Conv1D(n_inner, n_embd)
    layer.mlp.c_proj = Conv1D(n_embd, n_inner)
    return layer


def slopes(n_head: int) -> list[float]:
    """By the authors' recursion: the power of two below, then every other above."""
    power = 2 ** math.floor(math.log2(n_head))
    if power == n_head:
        start = 2.0 ** -(2.0 ** -(math.log2(n_head) - 3))
        return [start ** (h + 1) for h in range(n_head)]
    return slopes(power) + slopes(2 * power)[0::2][: n_head - power]
