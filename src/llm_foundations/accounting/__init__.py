"""Parameters, memory, FLOPs, cost and scaling laws, by arithmetic alone."""

from llm_foundations.accounting.architecture import Architecture
from llm_foundations.accounting.huggingface import read_config
from llm_foundations.accounting.ledger import architecture_of
from llm_foundations.accounting.parameters import ParameterCount, count_parameters

__all__ = [
    "Architecture",
    "ParameterCount",
    "architecture_of",
    "count_parameters",
    "read_config",
]
