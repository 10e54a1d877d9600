"""Landing in a deployment: which sources there are, and the options that its configuration gives.

Belongs here: the choice of sources and stores. Does not: how frames become rows
(workflows.landing).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from marketdata_platform.core.books.book import Book
from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.journal.reading.source import JournalSource
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.platform.use_cases.export import captured
from marketdata_platform.platform.watching.run_metrics import note_landing, noted_failures
from marketdata_platform.workflows.archiving import landed_days as workflow_days
from marketdata_platform.workflows.bookkeeping.gap_ledger import Gap, read_gaps
from marketdata_platform.workflows.bookkeeping.gap_ledger import write_gaps as write_ledger
from marketdata_platform.workflows.deriving.books import book_at as rebuilt_book
from marketdata_platform.workflows.landing.land import LandResult
from marketdata_platform.workflows.landing.land import land as land_sources
from marketdata_platform.workflows.landing.rounds import LandOptions
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
    with noted_failures(platform):
        result = land_sources(
            platform.store, sources, options_of(platform), now=_now, progress=progress
        )
    note_landing(platform, result)
    return result


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
    database = platform.settings.gatherers[gatherer].database
    if database is not None:
        from marketdata_platform.stores.postgres_server.gatherer_database import DatabaseSource

        return DatabaseSource(database.get_secret_value(), gatherer)
    journal = platform.settings.journal_of(gatherer)
    if journal.startswith("s3://"):
        from marketdata_platform.journal.reading.remote import (
            RemoteJournalSource,
        )  # boto3 and obstore: 0.3 s

        cache = platform.root / "cache" / "journals" / gatherer
        return RemoteJournalSource(journal, gatherer, platform.settings.archive, cache=cache)
    return JournalSource(Path(journal).expanduser(), gatherer)


def gaps_of(
    platform: Platform, instrument: Instrument | str | None = None, status: str | None = None
) -> list[Gap]:
    """The gap ledger: of one instrument or of all, of one status (`open`, `repaired`,
    `irreparable`) or of any.
    """
    one = Instrument.parse(instrument) if isinstance(instrument, str) else instrument
    with platform.store.session():
        return read_gaps(platform.store, one, status)


def book_at(platform: Platform, instrument: Instrument | str, moment: datetime) -> Book:
    """The instrument's book after the last change up to `moment` (exchange time); not valid where
    none can be known.

    Raises:
        ConfigurationError: no rule is known for books of the venue.
    """
    one = Instrument.parse(instrument) if isinstance(instrument, str) else instrument
    return rebuilt_book(platform.store, one, moment)


def write_gaps(platform: Platform, gaps: Iterable[Gap]) -> None:
    """Put gaps into the ledger, in place of those with their names."""
    with platform.store.session():
        write_ledger(platform.store, gaps)


def landed_days(platform: Platform) -> dict[Instrument, set[date]]:
    """The UTC days with captured rows, per instrument, that every configured gatherer has passed
    (`workflows.archiving.landed_days`).
    """
    with platform.store.session():
        return workflow_days.landed_days(platform.store, captured(platform))


def options_of(platform: Platform) -> LandOptions:
    """What the configuration says of landing."""
    landing = platform.settings.landing
    names = tuple(platform.settings.gatherers)
    configured = frozenset(platform.settings.captured())
    return LandOptions(
        landing.batch_bytes, landing.clock_step_seconds, landing.settle_seconds, names, configured
    )


def _repair_folder(platform: Platform) -> Path:
    return platform.root / "journals" / REPAIR


def _now() -> datetime:
    return datetime.now(UTC)
