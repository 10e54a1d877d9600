"""Which store, archive and sources a configuration means.

Belongs here: the choice. Does not: anything that an adapter does. Adapters of servers are imported
when chosen.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from marketdata_platform.archive.folder import FolderArchive
from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.settings import Settings, StoreSection
from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform.stores.postgres_server.options import ConnectionOptions
from marketdata_platform.workflows.ports import Archive, QueryableStore

if TYPE_CHECKING:
    from marketdata_platform.stores.postgres_server.pool import Connections

_POSTGRES = ("postgresql://", "postgres://")


def open_store(settings: Settings) -> QueryableStore:
    """The store that `settings.store` means.

    Raises:
        ConfigurationError: the URL is of no engine that we have; it is not shown, it may hold a
            password.
    """
    if settings.store.url is None:
        return DuckDBStore(
            settings.root,
            capacity=settings.store.attachments,
            lock_timeout_seconds=settings.store.lock_timeout_seconds,
        )
    if settings.store.url.get_secret_value().startswith(_POSTGRES):
        return _postgres(settings.store)
    raise ConfigurationError(
        "store.url must begin with postgresql://, or be left out: then it is DuckDB under root"
    )


def connection_options(store: StoreSection) -> ConnectionOptions:
    """How the configuration wants connections to PostgreSQL."""
    pool = store.pool
    return ConnectionOptions(
        component=store.component,
        budget=pool.budget,
        min_size=pool.min_size,
        max_size=pool.max_size,
        wait_seconds=pool.wait_seconds,
        lifetime_seconds=pool.lifetime_seconds,
        idle_seconds=pool.idle_seconds,
        statement_timeout_seconds=store.statement_timeout_seconds,
        lock_timeout_seconds=store.lock_timeout_seconds,
        idle_in_transaction_seconds=store.idle_in_transaction_seconds,
        connect_timeout_seconds=store.connect_timeout_seconds,
    )


def served_connections(settings: Settings) -> Connections:
    """Connections to the PostgreSQL that `settings.store` means, for work on the database itself.

    Raises:
        ConfigurationError: the store is DuckDB.
    """
    from marketdata_platform.stores.postgres_server.pool import Connections

    url = settings.store.url
    if url is None or not url.get_secret_value().startswith(_POSTGRES):
        raise ConfigurationError(
            'there is no PostgreSQL store: set store = "postgresql://…" (DuckDB needs none of this)'
        )
    return Connections(url.get_secret_value(), connection_options(settings.store))


def _postgres(store: StoreSection) -> QueryableStore:
    from marketdata_platform.stores.postgres_server.store import open_postgres

    assert store.url is not None  # the caller looked
    return open_postgres(
        store.url.get_secret_value(),
        None if store.read_url is None else store.read_url.get_secret_value(),
        options=connection_options(store),
        timescale=store.timescale,
        create=store.create,
    )


def open_archive(settings: Settings) -> Archive:
    """The archive that `settings.archive` means.

    Raises:
        ConfigurationError: the URL is neither `s3://bucket/prefix` nor a folder.
    """
    url = settings.archive.url
    if url is None:
        return FolderArchive(settings.root)
    if url.startswith("s3://"):
        from marketdata_platform.archive.object_store import open_object_archive

        return open_object_archive(settings.archive)
    if "://" in url:
        raise ConfigurationError(
            f"archive.url {url.split('://')[0][:20]}://… must be s3://bucket/prefix or a folder"
        )
    return FolderArchive(Path(url).expanduser())
