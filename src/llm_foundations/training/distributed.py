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
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.distributed.pipelining import PipelineStage, Schedule1F1B, ScheduleGPipe
from torch.distributed.rendezvous import rendezvous
from torch.distributed.tensor import DTensor, Replicate, Shard
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    ParallelStyle,
    RowwiseParallel,
    parallelize_module,
)
from torch.nn.parallel import DistributedDataParallel
from torch.optim import Optimizer
from torch.utils._pytree import tree_leaves

from llm_foundations.training.objectives.language_modeling import Loss

COLUMNS = ("q_proj", "k_proj", "v_proj", "gate_proj", "up_proj")
"""Layers of which each process holds some outputs."""
ROWS = ("o_proj", "down_proj")
"""Layers of which each process holds some inputs; their results are added up."""
_BEFORE = {"o_proj": {"q_proj", "k_proj", "v_proj"}, "down_proj": {"up_proj"}}
"""What stands before each of `ROWS`, and is cut with it."""


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
    restart = os.environ["TORCHELASTIC_RESTART_COUNT"]
    store = dist.PrefixStore(restart, store)  # type: ignore[attr-defined]
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

    The first forward pass raises a ValueError if a trainable parameter takes no part
    in its result, such as BERT's pooler under a loss on tokens: PyTorch would wait in
    vain for its gradient, and not average the others. Freeze such a parameter with
    `requires_grad_(False)`.

    Args:
        model: Every trainable parameter takes part in what its forward pass returns.

    Reference:
        Li et al. (2020), <https://arxiv.org/abs/2006.15704>
    """
    parallel = DistributedDataParallel(model)

    def check(module: nn.Module, inputs: object, output: object) -> None:
        if torch.is_grad_enabled():
            handle.remove()
            _check_all_used(model, output)

    handle = parallel.register_forward_hook(check)
    return parallel


def _check_all_used(model: nn.Module, output: object) -> None:
    """Refuse a model of which a trainable parameter does not reach its output."""
    tensors = [t for t in tree_leaves(output) if isinstance(t, Tensor)]
    waiting = [t.grad_fn for t in tensors]
    used, seen = {id(tensor) for tensor in tensors}, set()
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            used.add(id(getattr(node, "variable", None)))  # where a gradient ends
            waiting += [before for before, _ in node.next_functions]
    unused = [
        name
        for name, parameter in model.named_parameters()
        if parameter.requires_grad and id(parameter) not in used
    ]
    if unused:
        raise ValueError(
            "data_parallel needs every trainable parameter in the forward pass; freeze "
            f"or leave out {', '.join(unused)}"
        )


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
    compute_dtype: torch.dtype | None = None,
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
        compute_dtype: Precision in which weights are gathered and activations
            computed, such as `torch.bfloat16`. The slices stay in their own, and
            gradients are added up in float32. None for the weights' own precision.

    Raises:
        ValueError: If there is no such stage, a block is no part of the model, or two
            blocks share a parameter.

    Reference:
        Rajbhandari et al. (2020), sections 5.2 and 5.3,
        <https://arxiv.org/abs/1910.02054>; Zhao et al. (2023),
        <https://arxiv.org/abs/2304.11277>
    """
    blocks = list(blocks)
    if stage not in (2, 3):
        raise ValueError(f"stage must be 2 or 3, got {stage}")
    parts = set(model.modules())
    foreign = [i for i, block in enumerate(blocks) if block not in parts]
    if foreign:
        raise ValueError(f"blocks {foreign} are no parts of the model")
    _check_disjoint(blocks)
    precision = MixedPrecisionPolicy(
        param_dtype=compute_dtype,
        reduce_dtype=None if compute_dtype is None else torch.float32,
    )
    for module in (*blocks, model):
        fully_shard(
            module, mesh=mesh, reshard_after_forward=stage == 3, mp_policy=precision
        )


def _check_disjoint(parts: Sequence[nn.Module]) -> None:
    """Refuse parts that share a parameter: each would train its own copy of it."""
    owners: dict[nn.Parameter, int] = {}
    for i, part in enumerate(parts):
        for name, parameter in part.named_parameters():
            if owners.setdefault(parameter, i) != i:
                raise ValueError(
                    f"parts {owners[parameter]} and {i} share a parameter, {name}"
                )


def tensor_parallel(model: nn.Module, mesh: DeviceMesh) -> None:
    """Cut each matrix over the processes, in place, so that they compute together.

    The first layer of attention and of the feed-forward part is cut by its outputs,
    the second by its inputs: one sum over processes a part. Where each head has a mask
    or bias of its own, as with ALiBi, each process takes those of its heads.

    Args:
        model: Its layers named in `COLUMNS` and `ROWS` are cut; heads stay whole.
        mesh: The processes that hold one model together.

    Raises:
        ValueError: If a layer or its heads do not split evenly, if one of the layers
            that belong together is missing or is no `nn.Linear`, or if none is there to
            be split; then nothing is cut.

    Reference:
        Shoeybi et al. (2019), section 3, <https://arxiv.org/abs/1909.08053>
    """
    plan: dict[str, ParallelStyle] = {}
    attentions = []
    for name, module in model.named_modules():
        own = _own_plan(name, module, mesh.size())
        plan |= own
        if any(layer.endswith("o_proj") for layer in own):
            attentions.append(module)
    if not plan:
        raise ValueError(f"no layer is named as one of {(*COLUMNS, *ROWS)}")
    parallelize_module(model, mesh, plan)
    for attention in attentions:
        _give_own_heads(attention, mesh)


def _own_plan(name: str, module: nn.Module, n: int) -> dict[str, ParallelStyle]:
    """Say how to cut the layers that a module itself holds, if they can be cut."""
    layers = {
        child: layer
        for child, layer in module.named_children()
        if child in (*COLUMNS, *ROWS)
    }
    prefix = f"{name}." if name else ""
    groups = {last for last in ROWS if last in layers or _BEFORE[last] & layers.keys()}
    wanted = set().union(*({last, *_BEFORE[last]} for last in groups))
    missing = sorted(prefix + child for child in wanted - layers.keys())
    if missing:
        raise ValueError(f"cannot cut a part of a layer: there is no {missing}")
    for child, layer in layers.items():
        head = getattr(module, "d_head", 1) if child[0] in "qkvo" else 1
        _check_cut(prefix + child, layer, n, head)
    return {
        prefix + child: ColwiseParallel() if child in COLUMNS else RowwiseParallel()
        for child in layers
    }


def _check_cut(name: str, layer: nn.Module, n: int, d_head: int) -> None:
    """Refuse a layer that does not split into as many equal parts of whole heads."""
    if not isinstance(layer, nn.Linear) or isinstance(layer.weight, DTensor):
        kind = type(layer).__name__
        raise ValueError(f"{name} is no whole nn.Linear that can be cut, but {kind}")
    is_column = name.rpartition(".")[2] in COLUMNS
    width = layer.out_features if is_column else layer.in_features
    if width % n:
        raise ValueError(f"{name}: {width} does not split by {n}")
    if width // d_head % n:
        raise ValueError(f"{name}: {width // d_head} heads do not split by {n}")


def _give_own_heads(attention: nn.Module, mesh: DeviceMesh) -> None:
    """Let a layer see its own heads of every mask and bias that has one for each."""

    def cut(value: object) -> object:
        if not isinstance(value, Tensor) or value.ndim < 4 or value.shape[1] == 1:
            return value
        whole = DTensor.from_local(value, mesh, [Replicate()], run_check=False)
        return whole.redistribute(mesh, [Shard(1)]).to_local()

    def hook(
        module: nn.Module, inputs: tuple[object, ...], named: dict[str, object]
    ) -> tuple[tuple[object, ...], dict[str, object]]:
        return tuple(map(cut, inputs)), {name: cut(x) for name, x in named.items()}

    attention.register_forward_pre_hook(hook, with_kwargs=True)


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
        ValueError: If stages and processes differ in number, two stages share a
            parameter, a stage has none, there is no such schedule, or there are fewer
            pieces than it needs.

    Reference:
        Huang et al. (2019), <https://arxiv.org/abs/1811.06965>; Narayanan et al.
        (2021), <https://arxiv.org/abs/2006.09503>
    """
    rank, n_processes = dist.get_rank(), dist.get_world_size()
    if len(stages) != n_processes:
        raise ValueError(f"{len(stages)} stages for {n_processes} processes")
    if schedule not in ("gpipe", "1f1b"):
        raise ValueError(f"schedule must be gpipe or 1f1b, got {schedule!r}")
    if n_microbatches < (n_processes if schedule == "1f1b" else 1):
        raise ValueError(f"{n_microbatches=} is too few for {n_processes} stages")
    empty = [
        i for i, stage in enumerate(stages) if not any(True for _ in stage.parameters())
    ]
    if empty:
        raise ValueError(f"stages {empty} have no parameters")
    _check_disjoint(stages)
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
