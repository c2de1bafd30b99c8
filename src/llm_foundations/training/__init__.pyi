from .callbacks import (
    EarlyStopping as EarlyStopping,
    MetricsLog as MetricsLog,
    ModelCheckpoint as ModelCheckpoint,
    ProgressBar as ProgressBar,
    evaluate_every as evaluate_every,
    read_metrics as read_metrics,
)
from .checkpoints import (
    CheckpointError as CheckpointError,
    load_checkpoint as load_checkpoint,
    random_state as random_state,
    save_checkpoint as save_checkpoint,
    set_random_state as set_random_state,
)
from .config import (
    TrainConfig as TrainConfig,
)
from .distributed import (
    data_parallel as data_parallel,
    local_bytes as local_bytes,
    mean_over_processes as mean_over_processes,
    pipeline_parallel as pipeline_parallel,
    process_group as process_group,
    rows_of_rank as rows_of_rank,
    shard as shard,
    sharded_optimizer as sharded_optimizer,
    tensor_parallel as tensor_parallel,
)
from .initialization import (
    init_weights as init_weights,
    kaiming_std as kaiming_std,
    xavier_std as xavier_std,
)
from .loop import (
    Batches as Batches,
    NonFiniteError as NonFiniteError,
    Trainer as Trainer,
)
from .objectives.language_modeling import (
    LMBatch as LMBatch,
    causal_lm as causal_lm,
    cross_entropy as cross_entropy,
    label_smoothing_loss as label_smoothing_loss,
    masked_lm as masked_lm,
    prefix_lm as prefix_lm,
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
    with_sentinels as with_sentinels,
)
from .optimizers import (
    SGD as SGD,
    Adam as Adam,
    AdamW as AdamW,
    Muon as Muon,
    RuleOptimizer as RuleOptimizer,
    adam_step as adam_step,
    clip_gradients as clip_gradients,
    fast_dtype as fast_dtype,
    orthogonalize as orthogonalize,
)
from .parameter_groups import (
    decay_groups as decay_groups,
    make_optimizer as make_optimizer,
    muon_groups as muon_groups,
)
from .precision import (
    autocast as autocast,
    checkpoint_activations as checkpoint_activations,
    grad_scaler as grad_scaler,
    saved_bytes as saved_bytes,
)
from .schedules import (
    constant as constant,
    cosine_with_warmup as cosine_with_warmup,
    linear as linear,
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
