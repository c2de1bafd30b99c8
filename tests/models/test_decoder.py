"""Every decoder is called, cached and headed alike; here by hand, on a tiny one."""

from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn

from llm_foundations.layers.cache import LayerCache
from llm_foundations.layers.embedding import TokenEmbedding
from llm_foundations.models.decoder import Decoder
from tests.models.families import bloom, gpt2, jais, llama

IDS = torch.tensor([[1, 2, 0]])


class Layer(nn.Module):
    """Multiply by a number, and append what comes in to the layer's cache."""

    def forward(
        self, x: Tensor, factor: float, cache: LayerCache | None = None
    ) -> Tensor:
        if cache is not None:
            cache.append(x[:, None], x[:, None])
        return factor * x


class Tiny(Decoder):
    """Two layers that double; token i has the embedding (i, 1)."""

    def __init__(self, untied: bool = False) -> None:
        super().__init__()
        self.config = SimpleNamespace(vocab_size=3, d_model=2, n_layers=2, n_heads=1)
        self.token_embedding = TokenEmbedding(3, 2)
        table = torch.tensor([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]])
        self.token_embedding.weight = nn.Parameter(table)
        self.blocks = nn.ModuleList([Layer(), Layer()])
        if untied:
            self.lm_head = nn.Linear(2, 1, bias=False)
            nn.init.ones_(self.lm_head.weight)

    def features(self, token_ids, mask=None, positions=None, cache=None) -> Tensor:
        return self.run_blocks(self.token_embedding(token_ids), 2.0, cache=cache)


def test_the_logits_by_hand() -> None:
    # Token 1 is (1, 1), four times that after two layers; its products with the table.
    assert Tiny()(IDS)[0, 0].tolist() == [4.0, 8.0, 12.0]


def test_an_own_head_takes_the_place_of_the_embedding() -> None:
    model = Tiny(untied=True)
    assert model(IDS)[0].tolist() == [[8.0], [12.0], [4.0]]
    assert "lm_head.weight" in model.state_dict()
    assert "lm_head.weight" not in Tiny().state_dict()


def test_each_block_gets_the_cache_of_its_own_layer() -> None:
    model = Tiny()
    cache = model.new_cache()
    model(IDS[:, :2], cache=cache)
    model(IDS[:, 2:], cache=cache)
    assert cache.length == 3
    held = [layer.append(*torch.ones(2, 1, 1, 1, 2))[0] for layer in cache.layers]
    expected = model.token_embedding(IDS)[0]
    for factor, keys in zip((1, 2), held, strict=True):
        assert torch.equal(keys[0, 0, :3], factor * expected)


def test_a_cache_of_another_depth_is_refused() -> None:
    model = Tiny()
    cache = model.new_cache()
    model.blocks.append(Layer())
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        model(IDS, cache=cache)


def test_a_decoder_without_features_names_itself() -> None:
    class Empty(Decoder):
        pass

    with pytest.raises(NotImplementedError, match="Empty does not define features"):
        Empty()(IDS)


@pytest.mark.parametrize("make", [gpt2, llama, bloom, jais])
def test_every_decoder_of_the_package_is_one(make) -> None:
    model = make()[0]
    assert isinstance(model, Decoder)
    assert type(model).forward is Decoder.forward
    assert torch.equal(model(IDS), model.head(model.features(IDS)))


@pytest.mark.parametrize("window", [None, 4])
def test_the_cache_of_llama_keeps_the_sliding_window(window: int | None) -> None:
    model = llama(sliding_window=window)[0] if window else llama()[0]
    assert [layer.window for layer in model.new_cache().layers] == [window] * 2
