from .activations import (
    capture_activations as capture_activations,
    residual_components as residual_components,
    zero_ablation as zero_ablation,
)
from .loss import (
    Excess as Excess,
    document_nll as document_nll,
    excess as excess,
    grammatical_prefix as grammatical_prefix,
    grammatical_rate as grammatical_rate,
    perplexity as perplexity,
)
from .skills import (
    Probe as Probe,
    probes as probes,
    skill_rates as skill_rates,
)
from .tracing import (
    Trace as Trace,
    ablate_heads as ablate_heads,
    head_outputs as head_outputs,
    patch_head as patch_head,
    trace as trace,
)

__all__ = [
    "Excess",
    "Probe",
    "Trace",
    "ablate_heads",
    "capture_activations",
    "document_nll",
    "excess",
    "grammatical_prefix",
    "grammatical_rate",
    "head_outputs",
    "patch_head",
    "perplexity",
    "probes",
    "residual_components",
    "skill_rates",
    "trace",
    "zero_ablation",
]
