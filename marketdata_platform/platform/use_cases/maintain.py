"""Looking after the store of a deployment.

Belongs here: which engine there is. Does not: what it does (stores.*_maintenance).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from marketdata_platform.platform.adapters import connection_options
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.platform.watching.run_metrics import noted_maintenance
from marketdata_platform.settings import Settings
from marketdata_platform.stores.duckdb_files.maintenance import DuckDBMaintenance
from marketdata_platform.workflows.watching.maintain import Maintainable, MaintenanceFinding


def maintain(platform: Platform, *, apply: bool) -> Iterator[MaintenanceFinding]:
    """Look after the store, and with `apply` do what is to be done; findings as they come."""
    platform.store.close()  # our own attachments would be in our way
    if not apply:
        yield from _engine(platform.settings).maintain(apply=False)
        return
    with noted_maintenance(platform):
        yield from _engine(platform.settings).maintain(apply=True)


def _engine(settings: Settings) -> Maintainable:
    url = settings.store.url
    if url is None:
        return DuckDBMaintenance(
            settings.root, lock_timeout_seconds=settings.store.lock_timeout_seconds
        )
    from marketdata_platform.stores.postgres_server.pool import Connections
    from marketdata_platform.stores.postgres_server.schema.maintenance import PostgresMaintenance

    options = replace(
        connection_options(settings.store), component="maintenance", statement_timeout_seconds=0
    )
    return PostgresMaintenance(Connections(url.get_secret_value(), options))
