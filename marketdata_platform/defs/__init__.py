"""The only Dagster code besides definitions.py: assets, checks, partitions, resources, jobs,
schedules, launching.

Belongs here: thin wrappers that open the platform, call a workflow and report. Does not: any logic
that a test of the platform without Dagster should reach (workflows/), or any number (core/).
"""
