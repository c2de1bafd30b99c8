from .activations import (
    activation_bytes as activation_bytes,
)
from .architecture import (
    Architecture as Architecture,
)
from .architecture import (
    Experts as Experts,
)
from .architecture import (
    LatentAttention as LatentAttention,
)
from .compute import (
    Flops as Flops,
)
from .compute import (
    backward_flops as backward_flops,
)
from .compute import (
    forward_flops as forward_flops,
)
from .compute import (
    training_flops as training_flops,
)
from .compute import (
    utilization as utilization,
)
from .cost import (
    Device as Device,
)
from .cost import (
    carbon_kg as carbon_kg,
)
from .cost import (
    device_hours as device_hours,
)
from .cost import (
    dollars as dollars,
)
from .cost import (
    energy_kwh as energy_kwh,
)
from .huggingface import (
    architecture_from_config as architecture_from_config,
)
from .huggingface import (
    load_config as load_config,
)
from .huggingface import (
    read_config as read_config,
)
from .kv_cache import (
    kv_cache_bytes as kv_cache_bytes,
)
from .kv_cache import (
    weight_bytes as weight_bytes,
)
from .ledger import (
    architecture_of as architecture_of,
)
from .memory import (
    Memory as Memory,
)
from .memory import (
    TrainingPlan as TrainingPlan,
)
from .memory import (
    inference_memory as inference_memory,
)
from .memory import (
    optimizer_bytes as optimizer_bytes,
)
from .memory import (
    state_memory as state_memory,
)
from .memory import (
    training_memory as training_memory,
)
from .parameters import (
    ParameterCount as ParameterCount,
)
from .parameters import (
    count_parameters as count_parameters,
)
from .scaling.laws import (
    ParametricLaw as ParametricLaw,
)
from .scaling.laws import (
    PowerLaw as PowerLaw,
)
from .scaling.laws import (
    chinchilla as chinchilla,
)
from .scaling.laws import (
    fit_isoflop as fit_isoflop,
)
from .scaling.laws import (
    fit_parametric as fit_parametric,
)
from .scaling.laws import (
    isoflop_minimum as isoflop_minimum,
)
from .scaling.laws import (
    kaplan_compute_loss as kaplan_compute_loss,
)
from .scaling.laws import (
    kaplan_data_loss as kaplan_data_loss,
)
from .scaling.laws import (
    kaplan_loss as kaplan_loss,
)
from .scaling.laws import (
    size_exponents as size_exponents,
)
from .scaling.planning import (
    Allocation as Allocation,
)
from .scaling.planning import (
    Efficiency as Efficiency,
)
from .scaling.planning import (
    analyze_scaling_efficiency as analyze_scaling_efficiency,
)
from .scaling.planning import (
    calculate_training_time as calculate_training_time,
)
from .scaling.planning import (
    compute_optimal_scaling as compute_optimal_scaling,
)
from .scaling.planning import (
    estimate_compute_requirements as estimate_compute_requirements,
)
from .scaling.planning import (
    estimate_data_requirements as estimate_data_requirements,
)

__all__ = [
    "Allocation",
    "Architecture",
    "Device",
    "Efficiency",
    "Experts",
    "Flops",
    "LatentAttention",
    "Memory",
    "ParameterCount",
    "ParametricLaw",
    "PowerLaw",
    "TrainingPlan",
    "activation_bytes",
    "analyze_scaling_efficiency",
    "architecture_from_config",
    "architecture_of",
    "backward_flops",
    "calculate_training_time",
    "carbon_kg",
    "chinchilla",
    "compute_optimal_scaling",
    "count_parameters",
    "device_hours",
    "dollars",
    "energy_kwh",
    "estimate_compute_requirements",
    "estimate_data_requirements",
    "fit_isoflop",
    "fit_parametric",
    "forward_flops",
    "inference_memory",
    "isoflop_minimum",
    "kaplan_compute_loss",
    "kaplan_data_loss",
    "kaplan_loss",
    "kv_cache_bytes",
    "load_config",
    "optimizer_bytes",
    "read_config",
    "size_exponents",
    "state_memory",
    "training_flops",
    "training_memory",
    "utilization",
    "weight_bytes",
]
