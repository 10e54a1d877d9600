"""Compiled loops of the bars. Imported by the first call of a fold, because Numba loads slowly."""
