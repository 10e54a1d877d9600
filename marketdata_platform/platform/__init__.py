"""`open()`: the one place that picks adapters, and `Platform`: reading, and what belongs to one
deployment.

Belongs here: wiring. `adapters` picks store and archive, `deployment` reads and derives with them,
`use_cases` has one module per command, which hands the deployment's adapters and settings to the
workflow of the same name, `gatherers` and `watching` do so for processes and probes. Does not:
decisions (workflows), SQL and files (stores, archive, journal), orchestration (defs).
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
