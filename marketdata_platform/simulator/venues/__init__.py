"""Venues as the simulated exchange speaks them: one venue per file, with its REST answers and
messages beside it.
"""
