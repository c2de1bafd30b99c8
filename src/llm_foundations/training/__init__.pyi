from .callbacks import (
    EarlyStopping as EarlyStopping,
)
from .callbacks import (
    MetricsLog as MetricsLog,
)
from .callbacks import (
    ModelCheckpoint as ModelCheckpoint,
)
from .callbacks import (
    ProgressBar as ProgressBar,
)
from .callbacks import (
    evaluate_every as evaluate_every,
)
from .callbacks import (
    read_metrics as read_metrics,
)
from .checkpoints import (
    CheckpointError as CheckpointError,
)
from .checkpoints import (
    load_checkpoint as load_checkpoint,
)
from .checkpoints import (
    random_state as random_state,
)
from .checkpoints import (
    save_checkpoint as save_checkpoint,
)
from .checkpoints import (
    set_random_state as set_random_state,
)
from .config import (
    TrainConfig as TrainConfig,
)
from .distributed import (
    data_parallel as data_parallel,
)
from .distributed import (
    local_bytes as local_bytes,
)
from .distributed import (
    mean_over_processes as mean_over_processes,
)
from .distributed import (
    pipeline_parallel as pipeline_parallel,
)
from .distributed import (
    process_group as process_group,
)
from .distributed import (
    rows_of_rank as rows_of_rank,
)
from .distributed import (
    shard as shard,
)
from .distributed import (
    sharded_optimizer as sharded_optimizer,
)
from .distributed import (
    tensor_parallel as tensor_parallel,
)
from .initialization import (
    init_weights as init_weights,
)
from .initialization import (
    kaiming_std as kaiming_std,
)
from .initialization import (
    xavier_std as xavier_std,
)
from .loop import (
    Batches as Batches,
)
from .loop import (
    NonFiniteError as NonFiniteError,
)
from .loop import (
    Trainer as Trainer,
)
from .objectives.language_modeling import (
    LMBatch as LMBatch,
)
from .objectives.language_modeling import (
    causal_lm as causal_lm,
)
from .objectives.language_modeling import (
    cross_entropy as cross_entropy,
)
from .objectives.language_modeling import (
    label_smoothing_loss as label_smoothing_loss,
)
from .objectives.language_modeling import (
    masked_lm as masked_lm,
)
from .objectives.language_modeling import (
    prefix_lm as prefix_lm,
)
from .objectives.language_modeling import (
    span_corruption as span_corruption,
)
from .objectives.sentence_pairs import (
    next_sentence as next_sentence,
)
from .objectives.seq2seq import (
    teacher_forcing as teacher_forcing,
)
from .objectives.span_corruption import (
    noise_spans as noise_spans,
)
from .objectives.span_corruption import (
    with_sentinels as with_sentinels,
)
from .optimizers import (
    SGD as SGD,
)
from .optimizers import (
    Adam as Adam,
)
from .optimizers import (
    AdamW as AdamW,
)
from .optimizers import (
    Muon as Muon,
)
from .optimizers import (
    RuleOptimizer as RuleOptimizer,
)
from .optimizers import (
    adam_step as adam_step,
)
from .optimizers import (
    clip_gradients as clip_gradients,
)
from .optimizers import (
    fast_dtype as fast_dtype,
)
from .optimizers import (
    orthogonalize as orthogonalize,
)
from .parameter_groups import (
    decay_groups as decay_groups,
)
from .parameter_groups import (
    make_optimizer as make_optimizer,
)
from .parameter_groups import (
    muon_groups as muon_groups,
)
from .precision import (
    autocast as autocast,
)
from .precision import (
    checkpoint_activations as checkpoint_activations,
)
from .precision import (
    grad_scaler as grad_scaler,
)
from .precision import (
    saved_bytes as saved_bytes,
)
from .schedules import (
    constant as constant,
)
from .schedules import (
    cosine_with_warmup as cosine_with_warmup,
)
from .schedules import (
    linear as linear,
)
from .schedules import (
    warmup_stable_decay as warmup_stable_decay,
)

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "Batches",
    "CheckpointError",
    "EarlyStopping",
    "LMBatch",
    "MetricsLog",
    "ModelCheckpoint",
    "Muon",
    "NonFiniteError",
    "ProgressBar",
    "RuleOptimizer",
    "TrainConfig",
    "Trainer",
    "adam_step",
    "autocast",
    "causal_lm",
    "checkpoint_activations",
    "clip_gradients",
    "constant",
    "cosine_with_warmup",
    "cross_entropy",
    "data_parallel",
    "decay_groups",
    "evaluate_every",
    "fast_dtype",
    "grad_scaler",
    "init_weights",
    "kaiming_std",
    "label_smoothing_loss",
    "linear",
    "load_checkpoint",
    "local_bytes",
    "make_optimizer",
    "masked_lm",
    "mean_over_processes",
    "muon_groups",
    "next_sentence",
    "noise_spans",
    "orthogonalize",
    "pipeline_parallel",
    "prefix_lm",
    "process_group",
    "random_state",
    "read_metrics",
    "rows_of_rank",
    "save_checkpoint",
    "saved_bytes",
    "set_random_state",
    "shard",
    "sharded_optimizer",
    "span_corruption",
    "teacher_forcing",
    "tensor_parallel",
    "warmup_stable_decay",
    "with_sentinels",
    "xavier_std",
]
