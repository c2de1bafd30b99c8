from .activations import (
    activation_bytes as activation_bytes,
)
from .architecture import (
    Architecture as Architecture,
    Experts as Experts,
    LatentAttention as LatentAttention,
)
from .compute import (
    Flops as Flops,
    backward_flops as backward_flops,
    forward_flops as forward_flops,
    training_flops as training_flops,
    utilization as utilization,
)
from .cost import (
    Device as Device,
    carbon_kg as carbon_kg,
    device_hours as device_hours,
    dollars as dollars,
    energy_kwh as energy_kwh,
)
from .huggingface import (
    architecture_from_config as architecture_from_config,
    load_config as load_config,
    read_config as read_config,
)
from .kv_cache import (
    kv_cache_bytes as kv_cache_bytes,
    weight_bytes as weight_bytes,
)
from .ledger import (
    architecture_of as architecture_of,
)
from .memory import (
    Memory as Memory,
    TrainingPlan as TrainingPlan,
    inference_memory as inference_memory,
    optimizer_bytes as optimizer_bytes,
    state_memory as state_memory,
    training_memory as training_memory,
)
from .parameters import (
    ParameterCount as ParameterCount,
    count_parameters as count_parameters,
)
from .scaling.laws import (
    ParametricLaw as ParametricLaw,
    PowerLaw as PowerLaw,
    chinchilla as chinchilla,
    fit_isoflop as fit_isoflop,
    fit_parametric as fit_parametric,
    isoflop_minimum as isoflop_minimum,
    kaplan_compute_loss as kaplan_compute_loss,
    kaplan_data_loss as kaplan_data_loss,
    kaplan_loss as kaplan_loss,
    size_exponents as size_exponents,
)
from .scaling.planning import (
    Allocation as Allocation,
    Efficiency as Efficiency,
    analyze_scaling_efficiency as analyze_scaling_efficiency,
    calculate_training_time as calculate_training_time,
    compute_optimal_scaling as compute_optimal_scaling,
    estimate_compute_requirements as estimate_compute_requirements,
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
