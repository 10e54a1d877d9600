"""`open()`: the one place that picks adapters, and `Platform`: reading, and what belongs to one
deployment.

Belongs here: wiring. Does not: use cases (workflows), SQL (stores), orchestration (defs). One file
a concern: the deployment itself, adapters, and then capturing, landing, keeping, watching as
functions of a `Platform`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from marketdata_platform.platform.deployment import Platform, open, open_with

__all__ = ["Platform", "open", "open_with"]


def __getattr__(name: str) -> Any:
    # A gatherer loads one file of this package, and neither store nor archive: they come when they
    # are asked for.
    if name in __all__:
        from marketdata_platform.platform import deployment

        return getattr(deployment, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
