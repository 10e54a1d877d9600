"""Sealed journal segments of the configured gatherers, shipped to where each is configured to.

Belongs here: which journals, where to. Does not: copying (journal.shipping).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.journal.shipping import Shipped
from marketdata_platform.journal.shipping import ship as ship_journal
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.platform.gatherers.journal_folders import journal_folder


def ship(
    platform: Platform,
    gatherers: Sequence[str] | None = None,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, Shipped]:
    """Ship the journals of these gatherers (None: of all that have a `ship` address); what was
    done, by gatherer.

    Raises:
        ConfigurationError: no such gatherer, or it has nowhere to ship to.
        ArchiveUnavailable: the object store does not answer; run it again.
    """
    configured = platform.settings.gatherers
    names = (
        [name for name, one in configured.items() if one.ship]
        if gatherers is None
        else list(gatherers)
    )
    if not names:
        raise ConfigurationError(
            'no gatherer ships its journal: set [gatherers.NAME] ship = "s3://bucket/prefix"'
        )
    done = {}
    for name in names:
        if name not in configured:
            raise ConfigurationError(
                f"no gatherer is called {name[:40]!a}; there are {', '.join(configured)}"
            )
        target = configured[name].ship
        if not target:
            raise ConfigurationError(
                f'gatherer {name} has nowhere to ship to: set [gatherers.{name}] ship = "s3://…"'
            )
        folder = journal_folder(platform.settings, name)
        report = (lambda at, of, who=name: progress(who, at, of)) if progress else None
        done[name] = ship_journal(folder, target, platform.settings.archive, progress=report)
    return done
