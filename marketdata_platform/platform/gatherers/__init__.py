"""Gatherers of this deployment: their processes, journals, heartbeats, and databases of their
own.
"""
