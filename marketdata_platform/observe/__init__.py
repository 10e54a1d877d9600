"""Watching a deployment: Prometheus metrics, structured logs with redaction.

Belongs here: how numbers and events are reported. Does not: finding them out (workflows, platform).
"""
