"""Compiled loops of order flow, profiles, gaps and zones. Imported by the first call, because Numba
loads slowly.
"""
