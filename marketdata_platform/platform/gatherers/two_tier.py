"""The two-tier layout: gatherers with a database of their own, beside their journals.

Belongs here: which databases, and when they are filled and kept short. Does not: what goes and
comes (workflows.archiving.two_tier), reading one for the centre (land), SQL (stores).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.window import Window
from marketdata_platform.journal.reading.source import JournalSource
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.platform.gatherers.journal_folders import journal_folder
from marketdata_platform.platform.use_cases.land import options_of
from marketdata_platform.settings import Settings
from marketdata_platform.workflows.archiving.two_tier import drop_raw_before, fill_store
from marketdata_platform.workflows.landing.land import LandResult
from marketdata_platform.workflows.landing.land import land as land_sources
from marketdata_platform.workflows.ports import Appended, QueryableStore

_DROP_SECONDS = 600.0


@contextmanager
def own_store(settings: Settings, gatherer: str) -> Iterator[QueryableStore]:
    """The gatherer's own database as a store.

    Raises:
        ConfigurationError: there is no such gatherer, or it has no database.
    """
    from marketdata_platform.platform.adapters import connection_options
    from marketdata_platform.stores.postgres_server.store import open_postgres

    store = open_postgres(
        database_url(settings, gatherer),
        options=connection_options(settings.store),
        timescale=settings.store.timescale,
    )
    try:
        yield store
    finally:
        store.close()


def database_url(settings: Settings, gatherer: str) -> str:
    """The URL of a gatherer's database; it may hold a password.

    Raises:
        ConfigurationError: there is no such gatherer, or it has no database.
    """
    section = settings.gatherers.get(gatherer)
    if section is None:
        known = ", ".join(settings.gatherers)
        raise ConfigurationError(f"no gatherer is called {gatherer[:40]!a}; there are {known}")
    if section.database is None:
        raise ConfigurationError(
            f"gatherer {gatherer} has no database: write [gatherers.{gatherer}] database = "
            '"postgresql://…" '
            "into marketdata.toml"
        )
    return section.database.get_secret_value()


def prepare_gatherer(settings: Settings, gatherer: str) -> None:
    """Make the tables of a gatherer's database where they are missing, and let them be read by
    commit.
    """
    from marketdata_platform.stores.postgres_server.gatherer_database import prepare

    with own_store(settings, gatherer) as store:
        store.instruments()
    prepare(database_url(settings, gatherer))


def keep_gatherer(
    platform: Platform,
    gatherer: str,
    *,
    follow: bool = False,
    every_seconds: float = 1.0,
    stop: threading.Event | None = None,
    progress: Callable[[LandResult], None] | None = None,
) -> LandResult:
    """Land the gatherer's own journal into its own database, once or (`follow`) until `stop`; drop
    what is old.

    Raises:
        ConfigurationError: there is no such gatherer, or it has no database.
        StoreUnavailable: nothing is lost; what is in the journal is landed the next time.
    """
    settings = platform.settings
    prepare_gatherer(settings, gatherer)
    source = JournalSource(journal_folder(settings, gatherer), gatherer)
    dropped_at = -_DROP_SECONDS
    with own_store(settings, gatherer) as store:
        while True:
            result = land_sources(store, [source], options_of(platform), now=_now)
            if progress is not None:
                progress(result)
            if time.monotonic() - dropped_at >= _DROP_SECONDS:
                drop_old(store, settings.gatherers[gatherer].keep)
                dropped_at = time.monotonic()
            if not follow or (stop is not None and stop.wait(every_seconds)):
                return result
            if stop is None:
                time.sleep(every_seconds)


def drop_old(store: QueryableStore, keep: timedelta | None) -> int:
    """Drop raw rows that are older than `keep` (None: keep all); the number of rows."""
    return 0 if keep is None else drop_raw_before(store, _now() - keep)


def fill_gatherer(
    platform: Platform, gatherer: str, other: str, window: Window | None = None
) -> dict[str, Appended]:
    """Give a gatherer's database what another one's has and it has not; what was added, by dataset.

    Raises:
        ConfigurationError: one of them has no database.
        StoreUnavailable: run it again; nothing is added twice.
    """
    settings = platform.settings
    with own_store(settings, other) as giver, own_store(settings, gatherer) as taker:
        return fill_store(taker, giver, source=other, window=window)


def _now() -> datetime:
    return datetime.now(UTC)
