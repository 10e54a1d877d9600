"""The database's version: which migrations were applied, and applying the others.

Belongs here: the list of files, the table that keeps it, locks. Does not: what a migration changes
(sql/).

Each migration is one transaction with a short lock timeout: where a writer is in the way it gives
up and is tried again, so that nobody queues behind it for long.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal, Self, cast

import psycopg
from psycopg import errors

from marketdata_platform.core.errors import ConfigurationError, StoreUnavailable
from marketdata_platform.stores.postgres_server.failures import as_ours
from marketdata_platform.stores.postgres_server.pool import Connection, Connections
from marketdata_platform.stores.postgres_server.querying.queries import ask
from marketdata_platform.stores.postgres_server.schema.partitions import make_ahead
from marketdata_platform.stores.postgres_server.tables import lock_number
from marketdata_platform.stores.sql_files import sql_folder

Timescale = Literal["auto", "on", "off"]
_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.up\.sql")
_VERSIONS = "meta.schema_migrations"
_TRIES = 10
_MAKE_VERSIONS = f"""CREATE SCHEMA IF NOT EXISTS meta;
CREATE TABLE IF NOT EXISTS {_VERSIONS} (
    version integer PRIMARY KEY,
    name text NOT NULL,
    engine text NOT NULL CHECK (engine IN ('postgres', 'timescale')),
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema, up and down."""

    version: int
    name: str
    up: str
    down: str

    @property
    def sha256(self) -> str:
        """Of the way up: an applied migration is never edited."""
        return sha256(self.up.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class State:
    """A migration and when it was applied (None: it was not)."""

    migration: Migration
    applied_at: datetime | None


def migrations(engine: str, folder: Path | None = None) -> list[Migration]:
    """The engine's migrations in order.

    Raises:
        ConfigurationError: a way down is missing, or a number.
    """
    place = (folder or sql_folder()) / engine / "migrations"
    found = []
    for path in sorted(place.glob("*.up.sql")):
        matched = _NAME.fullmatch(path.name)
        down = path.with_name(path.name.replace(".up.sql", ".down.sql"))
        if matched is None or not down.is_file():
            raise ConfigurationError(
                f"{path}: migrations are called NNNN_name.up.sql, with a .down.sql beside them"
            )
        number, name = int(matched[1]), matched[2]
        found.append(
            Migration(
                number, name, path.read_text(encoding="utf-8"), down.read_text(encoding="utf-8")
            )
        )
    if [one.version for one in found] != list(range(1, len(found) + 1)):
        raise ConfigurationError(f"{place}: the migrations are not numbered 0001, 0002, …")
    return found


def engine_of(session: Connection) -> str | None:
    """`postgres` or `timescale`, as the database was made; None: it has no tables of ours."""
    if ask(session, "relation", name=_VERSIONS).fetchone() == (None,):
        return None
    row = ask(session, "engine").fetchone()
    return None if row is None else str(row[0])


def states(session: Connection, engine: str) -> list[State]:
    """Every migration of this version of the code, with when it was applied.

    Raises:
        ConfigurationError: the database is newer than the code, or an applied migration was edited.
    """
    known = migrations(engine)
    rows: list[tuple[int, str, str, datetime]] = []
    if engine_of(session) is not None:
        rows = cast(
            "list[tuple[int, str, str, datetime]]", ask(session, "applied_migrations").fetchall()
        )
    if len(rows) > len(known):
        raise ConfigurationError(
            f"the database is newer than this program: it has migration {rows[-1][0]} "
            f"({rows[-1][1]}), the program "
            f"knows {len(known)}; install the newer program, or `marketdata migrate down` with it"
        )
    applied = {version: (digest, moment) for version, _, digest, moment in rows}
    for one in known:
        if one.version in applied and applied[one.version][0] != one.sha256:
            raise ConfigurationError(
                f"migration {one.version} ({one.name}) is not the one that was applied: restore it"
            )
    return [
        State(one, applied[one.version][1] if one.version in applied else None) for one in known
    ]


def choose_engine(session: Connection, wanted: Timescale) -> str:
    """Which engine an empty database is to be made for: TimescaleDB where the server has it and it
    is not unwanted.

    Raises:
        ConfigurationError: it is wanted and the server has it not.
    """
    if wanted == "off":
        return "postgres"
    if ask(session, "offers_extension", name="timescaledb").fetchone() is not None:
        return "timescale"
    if wanted == "on":
        raise ConfigurationError(
            'store.timescale = "on", but the server has no TimescaleDB: install it and put it into '
            "shared_preload_libraries, or leave the key out"
        )
    return "postgres"


def _with_extension(connections: Connections, wanted: Timescale) -> str:
    """The engine after the extension was made, in a session of its own: one that is not preloaded
    ends it.
    """
    session = connections.direct()
    try:
        session.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        return "timescale"
    except psycopg.Error as error:
        if wanted == "on":
            raise as_ours(error, connections.secrets) from error
        return "postgres"
    finally:
        session.close()


class Schema:
    """The schema of one database, to look at and to change; a context that holds one session.

    Two programs at once wait for each other.
    """

    def __init__(self, connections: Connections, wanted: Timescale) -> None:
        self._connections = connections
        self._wanted = wanted
        self._opened: Connection | None = None
        self.engine = ""

    def __enter__(self) -> Self:
        self._opened = self._connections.direct()
        with self._working() as session:
            ask(session, "wait_for_session_lock", number=lock_number("migrations"))
            self.engine = engine_of(session) or choose_engine(session, self._wanted)
        return self

    def __exit__(self, *_: object) -> None:
        if self._opened is not None:
            self._opened.close()

    def states(self) -> list[State]:
        """See `states`."""
        with self._working() as session:
            return states(session, self.engine)

    def version(self) -> int:
        """The newest migration that is applied; 0: none."""
        return max(
            (one.migration.version for one in self.states() if one.applied_at is not None),
            default=0,
        )

    def up(self, to: int | None = None, applied: Callable[[Migration], None] | None = None) -> int:
        """Apply what is missing, up to version `to` (None: all); how many were applied."""
        with self._working() as session:
            if self.engine == "timescale" and engine_of(session) is None:
                self.engine = _with_extension(self._connections, self._wanted)
            session.execute(_MAKE_VERSIONS)
            todo = [s.migration for s in states(session, self.engine) if s.applied_at is None]
            todo = [one for one in todo if to is None or one.version <= to]
            for one in todo:
                _run(
                    session, one.up, "record_migration",
                    version=one.version, name=one.name, engine=self.engine, sha256=one.sha256,
                )  # fmt: skip
                if applied is not None:
                    applied(one)
            if self.engine == "postgres" and to != 0:
                make_ahead(session, datetime.now(UTC).date())
            return len(todo)

    def down(self, to: int, undone: Callable[[Migration], None] | None = None) -> int:
        """Undo what is above version `to`, the newest first; how many were undone."""
        with self._working() as session:
            done = [s.migration for s in states(session, self.engine) if s.applied_at is not None]
            done = [one for one in reversed(done) if one.version > to]
            for one in done:
                _run(session, one.down, "forget_migration", version=one.version)
                if undone is not None:
                    undone(one)
            return len(done)

    @contextmanager
    def _working(self) -> Iterator[Connection]:
        assert self._opened is not None, "used outside its block"
        try:
            yield self._opened
        except psycopg.Error as error:
            raise as_ours(error, self._connections.secrets) from error


def check_version(connections: Connections, wanted: Timescale, *, create: bool) -> bool:
    """True if the database is TimescaleDB's; its tables are those of this program when it returns.

    Raises:
        ConfigurationError: it is older or newer than the program, or empty and not to be made.
    """
    with connections.connection() as session:
        engine = engine_of(session)
        missing = (
            [] if engine is None else [s for s in states(session, engine) if s.applied_at is None]
        )
    if engine is None:
        if not create:
            raise ConfigurationError("the database has no tables yet: run `marketdata migrate up`")
        with Schema(connections, wanted) as schema:
            schema.up()
            engine = schema.engine
    elif missing:
        raise ConfigurationError(
            f"the database is older than this program: {len(missing)} migration(s) are missing, "
            "from "
            f"{missing[0].migration.version} ({missing[0].migration.name}); run `marketdata "
            "migrate up`"
        )
    return engine == "timescale"


def _run(session: Connection, script: str, record: str, /, **values: object) -> None:
    for number in range(1, _TRIES + 1):
        try:
            with session.transaction():
                ask(session, "short_lock_timeout")
                session.execute(script)
                ask(session, record, **values)
            return
        except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
            if number == _TRIES:
                raise StoreUnavailable(
                    "other sessions hold the tables: end long transactions, then run it again; "
                    "nothing was changed"
                ) from error
            time.sleep(0.2 * number)
