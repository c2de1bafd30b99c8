"""What several processes compute, beside what one computes; run by `launch`."""

import copy
import os
import signal
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor
from torch.nn import functional as F

from llm_foundations.cli.run_config import RunConfig
from llm_foundations.cli.story_run import StoryRun
from llm_foundations.training import distributed
from llm_foundations.training.checkpoints import load_checkpoint, save_checkpoint
from llm_foundations.training.config import TrainConfig
from llm_foundations.training.loop import Trainer
from llm_foundations.training.objectives.language_modeling import (
    LMBatch,
    causal_lm,
    cross_entropy,
)
from tests.models.families import VOCAB, bert, bloom, jais, t5
from tests.training.tiny import VOCAB_SIZE, CountingBatches

N_STEPS, D_MODEL, D_HEAD = 6, 8, 2


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            self.add_module(name, nn.Linear(D_MODEL, D_MODEL))
        self.up_proj = nn.Linear(D_MODEL, 4 * D_MODEL)
        self.down_proj = nn.Linear(4 * D_MODEL, D_MODEL)
        self.norm = nn.LayerNorm(D_MODEL)

    def forward(self, x: Tensor) -> Tensor:
        parts = (self.q_proj(x), self.k_proj(x), self.v_proj(x))
        q, k, v = (y.unflatten(-1, (-1, D_HEAD)).transpose(1, 2) for y in parts)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.o_proj(mixed.transpose(1, 2).flatten(2))
        return x + self.down_proj(self.up_proj(self.norm(x)).relu())


def make_model() -> nn.Sequential:
    torch.manual_seed(0)
    ends = nn.Embedding(VOCAB_SIZE, D_MODEL), nn.Linear(D_MODEL, VOCAB_SIZE)
    return nn.Sequential(ends[0], Block(), Block(), ends[1]).double()


def make_trainer(
    model: nn.Module, rows: Callable[[Tensor], Tensor], **options: object
) -> Trainer:
    def objective(token_ids: Tensor) -> LMBatch:
        return causal_lm(rows(token_ids))

    config = TrainConfig(N_STEPS, optimizer="adamw", learning_rate=0.02)
    data = CountingBatches(n_rows=12)
    return Trainer(model, objective, data, config, **options)


def all_rows(token_ids: Tensor) -> Tensor:
    return token_ids


@cache
def weights_alone() -> dict[str, Tensor]:
    """Train in one process and return the weights."""
    trainer = make_trainer(make_model(), all_rows)
    trainer.fit()
    return trainer.model.state_dict()


def assert_equal(trainer: Trainer) -> None:
    """Compare the trained weights with those of one process."""
    for name, value in trainer.model.state_dict().items():
        whole = value.full_tensor() if isinstance(value, DTensor) else value
        wanted = weights_alone()[name.removeprefix("module.")]
        torch.testing.assert_close(whole, wanted, rtol=1e-7, atol=1e-9)


def state_bytes(trainer: Trainer) -> int:
    states = trainer.optimizer.state.values()
    moments = [s[name] for s in states for name in ("exp_avg", "exp_avg_sq")]
    return distributed.local_bytes(moments)


def all_ways(folder: Path) -> None:
    """Check what two processes compute, way by way."""
    with distributed.process_group() as rank:
        n_bytes = 2 * sum(value.nbytes for value in weights_alone().values())
        copies(n_bytes)
        first_stage(n_bytes)
        slices(folder, n_bytes)
        matrices()
        for pair in (bloom, t5, jais):
            heads_with_biases(pair)
        unused_parameters()
        half_precision()
        for schedule in ("gpipe", "1f1b"):
            depth(rank, schedule)


def copies(n_bytes: int) -> None:
    model = distributed.data_parallel(make_model())
    trainer = make_trainer(model, distributed.rows_of_rank)
    trainer.fit()
    assert_equal(trainer)
    assert state_bytes(trainer) == n_bytes


def first_stage(n_bytes: int) -> None:
    model = distributed.data_parallel(make_model())
    optimizer = distributed.sharded_optimizer(
        model, torch.optim.AdamW, lr=0.02, betas=(0.9, 0.95), weight_decay=0.0
    )
    trainer = make_trainer(model, distributed.rows_of_rank, optimizer=optimizer)
    trainer.fit()
    assert_equal(trainer)
    parts = [torch.zeros(1) for _ in range(2)]
    own = [s["exp_avg"].nbytes * 2 for s in optimizer.optim.state.values()]
    dist.all_gather(parts, torch.tensor([float(sum(own))]))
    # Whole parameters are dealt out, so the parts are about halves.
    assert sum(part.item() for part in parts) == n_bytes
    assert all(abs(part.item() / n_bytes - 0.5) < 0.1 for part in parts)


def slices(folder: Path, n_bytes: int) -> None:
    for stage in (2, 3):
        model = make_model()
        distributed.shard(model, (model[1], model[2]), stage)
        trainer = make_trainer(model, distributed.rows_of_rank)
        for _ in range(3):
            trainer.train_step()
        save_from_first(trainer, folder / "slices.safetensors")
        trainer.fit()
        assert_equal(trainer)
        # 11 rows of embedding and head are cut as 6 and 5.
        uneven = 2 * (2 * D_MODEL + 1) * 8
        assert abs(2 * state_bytes(trainer) - n_bytes) <= uneven


def save_from_first(trainer: Trainer, path: Path) -> None:
    state = trainer.state_dict()
    if dist.get_rank() == 0:
        save_checkpoint(path, state)
    dist.barrier()


def matrices() -> None:
    model = make_model()
    distributed.tensor_parallel(model, init_device_mesh("cpu", (2,)))
    assert model[1].q_proj.weight.to_local().shape == (D_MODEL // 2, D_MODEL)
    trainer = make_trainer(model, all_rows)
    trainer.fit()
    assert_equal(trainer)


def heads_with_biases(pair: Callable) -> None:
    """Cut a model whose heads each have a bias of their own; BLOOM, T5 and JAIS do."""
    torch.manual_seed(0)
    alone = pair(n_head=4)[0] if pair is not t5 else t5(num_heads=4)[0]
    ids = torch.randint(VOCAB, (2, 5))
    inputs = (ids, ids) if pair is t5 else (ids,)
    model = copy.deepcopy(alone)
    distributed.tensor_parallel(model, init_device_mesh("cpu", (2,)))
    logits = [m(*inputs) for m in (model, alone)]
    torch.testing.assert_close(*logits)
    for values in logits:
        values.square().mean().backward()
    for ours, theirs in zip(model.parameters(), alone.parameters(), strict=True):
        is_cut = isinstance(ours.grad, DTensor)
        mine = ours.grad.full_tensor() if is_cut else ours.grad
        torch.testing.assert_close(mine, theirs.grad, rtol=1e-4, atol=1e-5)


def unused_parameters() -> None:
    model = bert("Model")[0]
    ids = torch.zeros(1, 3, dtype=torch.long)
    with pytest.raises(ValueError, match=r"leave out pooler\.weight, pooler\.bias$"):
        distributed.data_parallel(model)(ids)
    model.pooler.requires_grad_(False)
    distributed.data_parallel(model)(ids).sum().backward()
    assert model.token_embedding.weight.grad is not None


def half_precision() -> None:
    """Compute in bfloat16, keep weights and gradients in float32."""
    ids = torch.arange(4)[None]
    alone = make_model().float()
    alone(ids).square().mean().backward()
    model = make_model().float()
    distributed.shard(model, (model[1], model[2]), compute_dtype=torch.bfloat16)
    logits = model(ids)
    assert logits.dtype == torch.bfloat16
    logits.square().mean().backward()
    for ours, theirs in zip(model.parameters(), alone.parameters(), strict=True):
        assert ours.dtype == ours.grad.dtype == torch.float32
        torch.testing.assert_close(
            ours.grad.full_tensor(), theirs.grad, rtol=0.1, atol=0.01
        )


def depth(rank: int, schedule: str) -> None:
    """Compare one batch's loss and all gradients with those of one process."""
    batch = next(CountingBatches(n_rows=4))
    alone = make_model()
    (ids,), targets, counts = causal_lm(batch)
    loss = cross_entropy(alone(ids), targets, counts)
    loss.backward()
    model = make_model()
    stages = [model[:2], model[2:]]
    pipeline = distributed.pipeline_parallel(stages, cross_entropy, 4, schedule)
    losses: list[Tensor] = []
    if rank == 0:
        pipeline.step(ids)
    else:
        pipeline.step(target=targets, losses=losses)
        torch.testing.assert_close(torch.stack(losses).mean(), loss.detach())
    parts = [alone[:2], alone[2:]]
    pairs = zip(stages[rank].parameters(), parts[rank].parameters(), strict=True)
    for ours, theirs in pairs:
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-9, atol=1e-12)


def two_by_two() -> None:
    """Cut matrices over two processes, and those slices over two others."""
    with distributed.process_group():
        mesh = init_device_mesh("cpu", (2, 2), mesh_dim_names=("data", "tensor"))
        model = make_model()
        distributed.tensor_parallel(model, mesh["tensor"])
        distributed.shard(model, (model[1], model[2]), mesh=mesh["data"])

        def rows(token_ids: Tensor) -> Tensor:
            return token_ids.chunk(2)[mesh.get_local_rank("data")]

        trainer = make_trainer(model, rows)
        trainer.fit()
        assert_equal(trainer)


def reload(folder: Path) -> None:
    """Go on from what two processes saved, with another number of them."""
    with distributed.process_group():
        model = make_model()
        distributed.shard(model, (model[1], model[2]))
        trainer = make_trainer(model, distributed.rows_of_rank)
        trainer.load_state_dict(load_checkpoint(folder / "slices.safetensors"))
        assert trainer.step == 3
        trainer.fit()
        assert_equal(trainer)


def killed_once(folder: Path) -> None:
    """Lose a process in the middle; the restarted ones go on from the checkpoint."""
    path = folder / "killed.safetensors"
    with distributed.process_group() as rank:
        model = make_model()
        distributed.shard(model, (model[1], model[2]))

        def die(trainer: Trainer, metrics: dict[str, float]) -> None:
            save_from_first(trainer, path)
            is_first = os.environ["TORCHELASTIC_RESTART_COUNT"] == "0"
            if trainer.step == 3 and rank == 1 and is_first:
                os.kill(os.getpid(), signal.SIGKILL)

        trainer = make_trainer(model, distributed.rows_of_rank, callbacks=[die])
        if path.exists():
            trainer.load_state_dict(load_checkpoint(path))
            assert trainer.step >= 3
        trainer.fit()
        assert_equal(trainer)


def story_run(folder: Path) -> None:
    """Train as the command does; rows of different lengths fall to the processes."""
    sizes = {"d_model": 16, "n_layers": 1, "n_heads": 2, "d_ff": 32}
    settings = {"size": "tiny", "vocab_size": 300, "context_length": 512, **sizes}
    config = RunConfig(n_steps=5, batch_size=4, **settings)
    with redirect_stdout(sys.stderr):  # the samples
        alone = StoryRun(config, folder / f"alone_{os.environ['RANK']}")
        alone.trainer().fit()
        with distributed.process_group():
            shared = StoryRun(config, folder / "shared")
            shared.trainer().fit()
    weights = shared.model.state_dict()
    torch.testing.assert_close(weights, alone.model.state_dict())
