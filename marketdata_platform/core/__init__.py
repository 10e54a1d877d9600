"""The pure centre: what the data is and how every number is computed.

Belongs here: record types, instruments, windows, kernels. Standard library, Arrow, Polars, NumPy
and Numba only. Does not: Dagster, databases, files, network, the clock.
"""
