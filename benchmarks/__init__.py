"""Benchmarks: run as modules, `python -m benchmarks.bench_klines`. Nothing of the package imports
them.
"""
