"""One run over several processes, by PyTorch's own engine, launched by `torchrun`.

Every function here takes a model and returns one that trains in the same loop:
copies (`data_parallel`), slices of weights and states that are gathered when needed
(`sharded_optimizer`, `shard`), slices of each matrix (`tensor_parallel`) and slices
of depth (`pipeline_parallel`). None changes what is computed.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch._C._distributed_c10d import PrefixStore
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.pipelining import PipelineStage, Schedule1F1B, ScheduleGPipe
from torch.distributed.rendezvous import rendezvous
from torch.distributed.tensor import DTensor
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    ParallelStyle,
    RowwiseParallel,
    parallelize_module,
)
from torch.nn.parallel import DistributedDataParallel
from torch.optim import Optimizer

from llm_foundations.training.objectives import Loss

COLUMNS = ("q_proj", "k_proj", "v_proj", "gate_proj", "up_proj")
"""Layers of which each process holds some outputs."""
ROWS = ("o_proj", "down_proj")
"""Layers of which each process holds some inputs; their results are added up."""


@contextmanager
def process_group() -> Iterator[int]:
    """Join the processes that `torchrun` started, and leave them at the end.

    Yields:
        The rank of this process; on a GPU machine its GPU is chosen too.

    Raises:
        ValueError: If `torchrun` did not start this process.
    """
    if not dist.is_torchelastic_launched():
        raise ValueError("start it with torchrun, as in: torchrun --nproc-per-node=2")
    on_gpu = torch.cuda.is_available()
    store, rank, n_processes = next(rendezvous("env://"))
    # torchrun keeps its store when it restarts: without a prefix of their own the
    # new processes would find the addresses of the dead ones.
    store = PrefixStore(os.environ["TORCHELASTIC_RESTART_COUNT"], store)
    backend = "nccl" if on_gpu else "gloo"
    dist.init_process_group(backend, store=store, rank=rank, world_size=n_processes)
    if on_gpu:
        torch.cuda.set_device(rank % torch.cuda.device_count())
    try:
        yield rank
    finally:
        dist.destroy_process_group()


def rows_of_rank(token_ids: Tensor) -> Tensor:
    """Return the part of a batch that this process reads, as `process_group` ranks it.

    Args:
        token_ids: The same batch in every process.

    Raises:
        ValueError: If the rows cannot be dealt out evenly; the mean over processes
            would not be the mean over rows.
    """
    n_processes = dist.get_world_size()
    if len(token_ids) % n_processes:
        raise ValueError(f"{len(token_ids)} rows do not split into {n_processes} parts")
    return token_ids.chunk(n_processes)[dist.get_rank()]


def data_parallel(model: nn.Module) -> DistributedDataParallel:
    """Copy a model to every process; each reads other rows, gradients are averaged.

    Reference:
        Li et al. (2020), <https://arxiv.org/abs/2006.15704>
    """
    return DistributedDataParallel(model)


def mean_over_processes(loss: Loss) -> Loss:
    """Weigh each process by how many of its predictions count.

    `data_parallel` takes the plain mean of the gradients. Where rows differ in
    length, that is not the mean over predictions; with this loss it is.

    Args:
        loss: The mean loss of logits, targets and mask.
    """

    def weighed(logits: Tensor, targets: Tensor, loss_mask: Tensor) -> Tensor:
        own = loss_mask.sum().float()
        mean = own.clone()
        dist.all_reduce(mean)
        mean /= dist.get_world_size()
        return loss(logits, targets, loss_mask) * (own / mean)

    return weighed


def sharded_optimizer(
    model: nn.Module,
    optimizer: type[Optimizer],
    **settings: Any,  # noqa: ANN401
) -> Optimizer:
    """Return an optimizer whose states lie on one process each (ZeRO stage 1).

    Args:
        model: A `data_parallel` one.
        optimizer: The class whose rule changes the weights.
        settings: Its settings, such as `lr`.

    Reference:
        Rajbhandari et al. (2020), section 5.1, <https://arxiv.org/abs/1910.02054>
    """
    # Not above: importing it makes PyTorch warn about a function of its own.
    from torch.distributed.optim import ZeroRedundancyOptimizer

    return ZeroRedundancyOptimizer(model.parameters(), optimizer, **settings)


def shard(
    model: nn.Module,
    blocks: Iterable[nn.Module],
    stage: int = 3,
    mesh: DeviceMesh | None = None,
) -> None:
    """Cut every weight, its gradient and its optimizer state into slices, in place.

    A block's weights are gathered when it computes. Make the optimizer afterwards.

    Args:
        model: What is to be cut.
        blocks: Its layers, each gathered as one.
        stage: 2 keeps a block's weights from the forward pass until its gradient;
            3 forgets them in between and gathers them again. (At rest both keep
            slices, also of the weights: PyTorch's engine has no stage that keeps
            whole weights and slices the rest.)
        mesh: The processes to cut over; None for all.

    Raises:
        ValueError: If there is no such stage.

    Reference:
        Rajbhandari et al. (2020), sections 5.2 and 5.3,
        <https://arxiv.org/abs/1910.02054>; Zhao et al. (2023),
        <https://arxiv.org/abs/2304.11277>
    """
    if stage not in (2, 3):
        raise ValueError(f"stage must be 2 or 3, got {stage}")
    for module in (*blocks, model):
        fully_shard(module, mesh=mesh, reshard_after_forward=stage == 3)


def tensor_parallel(model: nn.Module, mesh: DeviceMesh) -> None:
    """Cut each matrix over the processes, in place, so that they compute together.

    The first layer of attention and of the feed-forward part is cut by its outputs,
    the second by its inputs: one sum over processes a part.

    Args:
        model: Its layers named in `COLUMNS` and `ROWS` are cut; heads stay whole.
        mesh: The processes that hold one model together.

    Raises:
        ValueError: If a layer does not split evenly, or none is there to be split.

    Reference:
        Shoeybi et al. (2019), section 3, <https://arxiv.org/abs/1909.08053>
    """
    plan: dict[str, ParallelStyle] = {}
    for name, module in model.named_modules():
        last = name.split(".")[-1]
        if last in (*COLUMNS, *ROWS) and isinstance(module, nn.Linear):
            width = module.out_features if last in COLUMNS else module.in_features
            if width % mesh.size():
                raise ValueError(f"{name}: {width} does not split by {mesh.size()}")
            plan[name] = ColwiseParallel() if last in COLUMNS else RowwiseParallel()
    if not plan:
        raise ValueError(f"no layer is named as one of {(*COLUMNS, *ROWS)}")
    parallelize_module(model, mesh, plan)


def pipeline_parallel(
    stages: Sequence[nn.Module], loss: Loss, n_microbatches: int, schedule: str = "1f1b"
) -> Schedule1F1B | ScheduleGPipe:
    """Give each process one part of the depth, and batches in small pieces.

    Args:
        stages: The parts in order, as many as processes.
        loss: The mean loss of logits, targets and mask; every target counts here.
        n_microbatches: Pieces of a batch; at least as many as stages keep all busy.
        schedule: `gpipe`: all pieces forward, then all backward. `1f1b`: backward as
            soon as possible, so that fewer activations are kept.

    Returns:
        A schedule: the first process calls `step(token_ids)`, the last one
        `step(target=targets, losses=[])`, others `step()`.

    Raises:
        ValueError: If stages and processes differ in number, or there is no such
            schedule.

    Reference:
        Huang et al. (2019), <https://arxiv.org/abs/1811.06965>; Narayanan et al.
        (2021), <https://arxiv.org/abs/2006.09503>
    """
    rank, n_processes = dist.get_rank(), dist.get_world_size()
    if len(stages) != n_processes:
        raise ValueError(f"{len(stages)} stages for {n_processes} processes")
    if schedule not in ("gpipe", "1f1b"):
        raise ValueError(f"schedule must be gpipe or 1f1b, got {schedule!r}")
    device = next(stages[rank].parameters()).device
    stage = PipelineStage(stages[rank], rank, n_processes, device)

    def mean_loss(logits: Tensor, targets: Tensor) -> Tensor:
        return loss(logits, targets, torch.ones_like(targets, dtype=torch.bool))

    kind = Schedule1F1B if schedule == "1f1b" else ScheduleGPipe
    return kind(stage, n_microbatches, loss_fn=mean_loss)


def local_bytes(tensors: Iterable[Tensor]) -> int:
    """Return the memory that this process holds of tensors, whole or cut."""
    local = (t.to_local() if isinstance(t, DTensor) else t for t in tensors)
    return sum(tensor.nbytes for tensor in local)
