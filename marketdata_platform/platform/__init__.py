"""`open()`: the one place that picks adapters, and `Platform`: reading, and what belongs to one deployment.

Belongs here: wiring. Does not: use cases (workflows), SQL (stores), orchestration (defs). One file a concern: the
deployment itself, adapters, and then capturing, landing, keeping, watching as functions of a `Platform`.
"""

from marketdata_platform.platform.deployment import Platform, open, open_with

__all__ = ["Platform", "open", "open_with"]
