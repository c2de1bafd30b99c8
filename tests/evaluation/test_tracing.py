"""A trace is what Transformers returns, and ablating a head removes just that head."""

from contextlib import ExitStack

import pytest
import torch

from llm_foundations.evaluation.tracing import (
    ablate_heads,
    head_outputs,
    patch_head,
    trace,
)
from llm_foundations.generation import generate
from llm_foundations.models.conversion import to_huggingface
from llm_foundations.models.gpt import GPT, GPTConfig
from llm_foundations.models.llama import Llama, LlamaConfig

IDS = torch.tensor([[1, 5, 3, 2, 7], [4, 4, 0, 9, 6]])
GPT_SIZES = {"d_model": 12, "n_layers": 2, "n_heads": 3, "d_ff": 20}
LLAMA_SIZES = {**GPT_SIZES, "d_model": 16, "n_heads": 4, "n_kv_heads": 2}


def gpt() -> GPT:
    torch.manual_seed(0)
    return GPT(GPTConfig(10, 6, **GPT_SIZES)).eval()


def llama() -> Llama:
    torch.manual_seed(0)
    return Llama(LlamaConfig(10, 6, **LLAMA_SIZES)).eval()


def transformers_model(ours):
    from transformers import (
        GPT2Config,
        GPT2LMHeadModel,
        LlamaConfig as TheirConfig,
        LlamaForCausalLM,
    )

    kinds = {GPT: (GPT2LMHeadModel, GPT2Config)}
    model, config = kinds.get(type(ours), (LlamaForCausalLM, TheirConfig))
    theirs = model(config(**ours.config.to_huggingface(), attn_implementation="eager"))
    theirs.load_state_dict(to_huggingface(ours), strict=False)
    return theirs.eval()


@pytest.mark.parametrize("make", [gpt, llama])
def test_attention_and_residual_stream_are_those_of_transformers(make) -> None:
    ours = make()
    seen = trace(ours, IDS)
    with torch.no_grad():
        theirs = transformers_model(ours)(
            IDS, output_attentions=True, output_hidden_states=True
        )
    torch.testing.assert_close(seen.attention, torch.stack(theirs.attentions))
    after_layers = seen.residual[::2][:-1]  # the last of theirs is normalized
    torch.testing.assert_close(after_layers, torch.stack(theirs.hidden_states[:-1]))
    torch.testing.assert_close(seen.logits[-1], theirs.logits)


@pytest.mark.parametrize("make", [gpt, llama])
def test_each_logit_lens_is_the_model_stopped_early(make) -> None:
    ours = make()
    seen = trace(ours, IDS)
    torch.testing.assert_close(seen.logits[-1], ours(IDS))
    ours.blocks = ours.blocks[:1]
    torch.testing.assert_close(seen.logits[2], ours(IDS))
    assert seen.sublayers[2] == "feed-forward 1"
    assert not seen.logits.requires_grad


@pytest.mark.parametrize("make", [gpt, llama])
def test_an_ablated_head_is_a_head_whose_values_are_zero(make) -> None:
    ours, layer, head = make(), 1, 2
    attention = ours.blocks[layer].attention
    span = slice(head * attention.d_head, (head + 1) * attention.d_head)
    with ablate_heads(ours, [(layer, head)]):
        ablated = ours(IDS)
    assert not torch.allclose(ablated, ours(IDS))
    with torch.no_grad():
        attention.o_proj.weight[:, span] = 0
    torch.testing.assert_close(ours(IDS), ablated)


def test_two_heads_of_one_layer_are_both_removed() -> None:
    ours = gpt()
    with ablate_heads(ours, [(0, head) for head in range(3)]):
        ablated = ours(IDS)
    with torch.no_grad():
        ours.blocks[0].attention.o_proj.weight.zero_()
    torch.testing.assert_close(ours(IDS), ablated)


def test_hooks_are_gone_afterwards() -> None:
    ours = llama()
    before = ours(IDS)
    trace(ours, IDS)
    with pytest.raises(RuntimeError, match="stop"), ablate_heads(ours, [(0, 0)]):
        raise RuntimeError("stop")
    assert torch.equal(ours(IDS), before)
    attention = ours.blocks[0].attention
    assert not attention._forward_hooks
    assert not attention.o_proj._forward_pre_hooks


@pytest.mark.parametrize("head", [(2, 0), (0, 4), (-1, 0)])
def test_a_head_that_the_model_lacks_is_refused(head) -> None:
    said = rf"there is no head {head[1]} in layer {head[0]}: the model has 2 layers"
    with pytest.raises(ValueError, match=said), ablate_heads(llama(), [head]):
        pass


@pytest.mark.parametrize("look", [trace, head_outputs])
def test_a_model_that_drops_activations_is_refused(look) -> None:
    model = GPT(GPTConfig(10, 6, **GPT_SIZES, dropout=0.1))
    with pytest.raises(ValueError, match=r"call model.eval\(\) first"):
        look(model, IDS)


@pytest.mark.parametrize("make", [gpt, llama])
def test_the_projected_outputs_of_all_heads_add_up_to_what_is_added(make) -> None:
    ours = make()
    outputs, residual = head_outputs(ours, IDS), trace(ours, IDS).residual
    n_layers, n_sequences, n_heads, n_positions, d_head = outputs.shape
    assert (n_sequences, n_positions) == IDS.shape
    assert n_heads * d_head == ours.config.d_model
    for layer in range(n_layers):
        projection = ours.blocks[layer].attention.o_proj
        rows = projection.weight.T.unflatten(0, (n_heads, d_head))
        added = (outputs[layer] @ rows).sum(1)
        if projection.bias is not None:
            added = added + projection.bias
        before, after = residual[2 * layer : 2 * layer + 2]
        torch.testing.assert_close(added, after - before)


def test_a_patch_with_zeros_at_the_last_position_is_an_ablation_there() -> None:
    ours = gpt()
    with ablate_heads(ours, [(1, 2)]):  # in the last layer no position sees others
        ablated = ours(IDS)
    with patch_head(ours, 1, 2, 4, torch.zeros(4)):
        patched = ours(IDS)
    torch.testing.assert_close(patched[:, 4], ablated[:, 4])
    torch.testing.assert_close(patched[:, :4], ours(IDS)[:, :4])
    assert not torch.allclose(patched[:, 4], ours(IDS)[:, 4])


def test_every_head_patched_gives_the_other_text() -> None:
    ours = llama()
    ids = torch.tensor([[1, 5, 3]])
    others = torch.tensor([[4, 2, 3]])  # equal at the position that is patched
    outputs = head_outputs(ours, others)[:, 0, :, 2]
    with ExitStack() as stack:
        for layer in range(2):
            for head in range(4):
                output = outputs[layer, head]
                stack.enter_context(patch_head(ours, layer, head, 2, output))
        patched = ours(ids)
    torch.testing.assert_close(patched[:, 2], ours(others)[:, 2])


def test_only_the_pass_over_the_prompt_is_patched() -> None:
    ours, prompt = llama(), IDS[:1, :3]
    output = torch.full((4,), 9.0)
    with patch_head(ours, 0, 1, 2, output):
        cached = generate(ours, prompt, 3)
        for n in (3, 4, 5):
            assert cached[0, n] == ours(cached[:, :n])[0, -1].argmax()
    assert not torch.equal(cached, generate(ours, prompt, 3))


def test_a_patch_that_does_not_fit_is_refused() -> None:
    said = r"a head has shape \(4,\), got \(1, 4\)"
    with (
        pytest.raises(ValueError, match=said),
        patch_head(llama(), 0, 0, 1, torch.ones(1, 4)),
    ):
        pass
    said = "position must be at least 1, got 0"
    with (
        pytest.raises(ValueError, match=said),
        patch_head(llama(), 0, 0, 0, torch.ones(4)),
    ):
        pass
    said = "there is no head 4 in layer 0"
    with (
        pytest.raises(ValueError, match=said),
        patch_head(llama(), 0, 4, 1, torch.ones(4)),
    ):
        pass


def test_a_trace_of_one_token_attends_to_itself() -> None:
    seen = trace(llama(), IDS[:, :1])
    assert torch.equal(seen.attention, torch.ones(2, 2, 4, 1, 1))
