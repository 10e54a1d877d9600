"""Which store, archive and sources a configuration means.

Belongs here: the choice. Does not: anything that an adapter does. Adapters of servers are imported when chosen.
"""

from __future__ import annotations

from pathlib import Path

from marketdata_platform.archive.folder import FolderArchive
from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.settings import Settings
from marketdata_platform.stores.duckdb import DuckDBStore
from marketdata_platform.workflows.ports import Archive, QueryableStore

_POSTGRES = ("postgresql://", "postgres://")


def open_store(settings: Settings) -> QueryableStore:
    """The store that `settings.store` means.

    Raises:
        ConfigurationError: the URL is of no engine that we have; it is not shown, it may hold a password.
    """
    if settings.store.url is None:
        return DuckDBStore(
            settings.root,
            capacity=settings.store.attachments,
            lock_timeout_seconds=settings.store.lock_timeout_seconds,
        )
    if settings.store.url.get_secret_value().startswith(_POSTGRES):
        from marketdata_platform.stores.postgres import open_postgres

        return open_postgres(settings.store)
    raise ConfigurationError("store.url must begin with postgresql://, or be left out: then it is DuckDB under root")


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
        raise ConfigurationError(f"archive.url {url.split('://')[0][:20]}://… must be s3://bucket/prefix or a folder")
    return FolderArchive(Path(url).expanduser())
