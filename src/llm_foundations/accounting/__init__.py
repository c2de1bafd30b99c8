"""Parameters, memory, FLOPs, cost and scaling laws, by arithmetic alone."""
