"""Landing in a deployment: which sources there are, and the options that its configuration gives.

Belongs here: the choice of sources and stores. Does not: how frames become rows (workflows.land).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.journal.source import JournalSource
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.workflows.land import LandResult
from marketdata_platform.workflows.land import land as land_sources
from marketdata_platform.workflows.land_rounds import LandOptions
from marketdata_platform.workflows.ports import Source

REPAIR = "repair"


def land(
    platform: Platform,
    *,
    gatherers: Iterable[str] | None = None,
    progress: Callable[[LandResult], None] | None = None,
) -> LandResult:
    """Land what the gatherers (None: all, and repairs) recorded since the last landing.

    Raises:
        ConfigurationError: there is no such gatherer.
        StoreLocked, StoreUnavailable: nothing is lost; land again.
    """
    names = gatherer_names(platform) if gatherers is None else list(gatherers)
    sources = [source_of(platform, name) for name in names]
    return land_sources(platform.store, sources, options_of(platform), now=_now, progress=progress)


def gatherer_names(platform: Platform) -> list[str]:
    """The configured gatherers, and `repair` when there is anything of it."""
    names = list(platform.settings.gatherers)
    if REPAIR not in names and _repair_folder(platform).is_dir():
        names.append(REPAIR)
    return names


def source_of(platform: Platform, gatherer: str) -> Source:
    """What a gatherer recorded, as landing reads it.

    Raises:
        ConfigurationError: there is no such gatherer; the message lists those there are.
    """
    if gatherer == REPAIR and gatherer not in platform.settings.gatherers:
        return JournalSource(_repair_folder(platform), REPAIR)
    if gatherer not in platform.settings.gatherers:
        known = ", ".join(gatherer_names(platform))
        raise ConfigurationError(f"no gatherer is called {gatherer[:40]!a}; there are {known}")
    return JournalSource(Path(platform.settings.journal_of(gatherer)).expanduser(), gatherer)


def options_of(platform: Platform) -> LandOptions:
    """What the configuration says of landing."""
    landing = platform.settings.landing
    return LandOptions(landing.batch_bytes, landing.clock_step_seconds, landing.settle_seconds)


def _repair_folder(platform: Platform) -> Path:
    return platform.root / "journals" / REPAIR


def _now() -> datetime:
    return datetime.now(UTC)
