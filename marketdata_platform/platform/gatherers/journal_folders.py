"""Where the journals of this deployment's gatherers are on this machine.

Belongs here: from a gatherer's name to a folder. Does not: what is in it (journal). Nothing here
loads Polars, Numba or a database: a gatherer's process uses it.
"""

from __future__ import annotations

from pathlib import Path

from marketdata_platform.settings import Settings


def journal_folder(settings: Settings, name: str) -> Path:
    """The folder that a gatherer on this machine writes, whether it is there or not. What is read
    from an object store is written here too; `repair` has a journal without being configured.
    """
    default = settings.root / "journals" / name
    if name not in settings.gatherers:
        return default
    named = settings.journal_of(name)
    return default if "://" in named else Path(named).expanduser()
