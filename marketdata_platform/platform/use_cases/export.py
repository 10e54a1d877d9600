"""Exporting the open days of a deployment.

Belongs here: which store, archive, gatherers and datasets. Does not: which hours and days go
(workflows.archiving.export).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from marketdata_platform.platform.deployment import Platform
from marketdata_platform.workflows.archiving import export as workflow
from marketdata_platform.workflows.archiving.export import Exported
from marketdata_platform.workflows.archiving.landed_days import Captured


def export_open_days(
    platform: Platform,
    *,
    now: datetime | None = None,
    progress: Callable[[str], None] | None = None,
) -> Exported:
    """Write the hours that every gatherer has passed, of what is captured; compact days that are
    archived whole. See `workflows.archiving.export.export_open_days`.

    Raises:
        ArchiveUnavailable, ArchiveChanged: run it again.
    """
    return workflow.export_open_days(
        platform.store,
        platform.archive,
        captured(platform),
        skip=platform.settings.archive.skip,
        now=now or datetime.now(UTC),
        progress=progress,
    )


def captured(platform: Platform) -> Captured:
    """What the deployment records."""
    settings = platform.settings
    return Captured(settings.gatherers, settings.captured(), settings.landing.settle_seconds)
