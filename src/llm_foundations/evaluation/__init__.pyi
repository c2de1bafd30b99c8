from .activations import (
    capture_activations as capture_activations,
)
from .activations import (
    residual_components as residual_components,
)
from .activations import (
    zero_ablation as zero_ablation,
)
from .loss import (
    Excess as Excess,
)
from .loss import (
    document_nll as document_nll,
)
from .loss import (
    excess as excess,
)
from .loss import (
    grammatical_prefix as grammatical_prefix,
)
from .loss import (
    grammatical_rate as grammatical_rate,
)
from .loss import (
    perplexity as perplexity,
)
from .skills import (
    Probe as Probe,
)
from .skills import (
    probes as probes,
)
from .skills import (
    skill_rates as skill_rates,
)
from .tracing import (
    Trace as Trace,
)
from .tracing import (
    ablate_heads as ablate_heads,
)
from .tracing import (
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
    "perplexity",
    "probes",
    "residual_components",
    "skill_rates",
    "trace",
    "zero_ablation",
]
