"""Derived record types, one file per type (or family of types): table, formula, picture and fold.

Belongs here: what a derived record type is, and each of them. Does not: kernels (core/bars,
core/order_flow), the list (core/datasets/__init__.py).
"""
