"""Databases with the platform's tables: made once as a template, copied, emptied and used again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from marketdata_platform.stores.postgres_server.pool import ConnectionOptions
from marketdata_platform.stores.postgres_server.store import PostgresStore, open_postgres

_FILLED = """SELECT string_agg(format('%I.%I', n.nspname, c.relname), ', ') FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname IN ('raw', 'mart', 'meta') AND c.relname <> 'schema_migrations'
AND pg_relation_size(c.oid) > 0"""
_CUT = """SELECT string_agg(DISTINCT format('%I.%I', hypertable_schema, hypertable_name), ', ')
FROM timescaledb_information.chunks WHERE hypertable_schema IN ('raw', 'mart')"""
OPTIONS = ConnectionOptions(wait_seconds=10, lock_timeout_seconds=20, min_size=1)


class Databases:
    """Empty databases on one server; those given back are emptied and given out again."""

    def __init__(self, url: str, timescale: str = "off") -> None:
        self.url = url
        self._timescale = timescale
        self._prefix = f"md_{'timescale' if timescale == 'on' else 'plain'}_{os.getpid()}"
        self._template = f"{self._prefix}_template"
        self._free: list[str] = []
        self._made = 0
        self._templated = False

    def take(self) -> str:
        """The URL of an empty database."""
        if self._free:
            return self._free.pop()
        if not self._templated:
            self._templated = True
            self._execute(
                f"DROP DATABASE IF EXISTS {self._template} WITH (FORCE)",
                f"CREATE DATABASE {self._template}",
            )
            store = self.open(with_database(self.url, self._template))
            store.instruments()
            store.close()
            # TimescaleDB's own worker would hold it: a template is copied only while nobody is in
            # it.
            self._execute(
                f"ALTER DATABASE {self._template} ALLOW_CONNECTIONS false",
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                f"'{self._template}'",
            )
        self._made += 1
        name = f"{self._prefix}_{self._made}"
        self._execute(
            f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
            f"CREATE DATABASE {name} TEMPLATE {self._template}",
        )
        return with_database(self.url, name)

    def give_back(self, url: str) -> None:
        """Empty it for the next one."""
        with psycopg.connect(url, autocommit=True) as session:
            for query in (_FILLED, *([_CUT] if self._timescale == "on" else [])):
                (filled,) = session.execute(query).fetchone()
                if filled:
                    session.execute(f"TRUNCATE {filled}")
        self._free.append(url)

    def open(self, url: str, **options: object) -> PostgresStore:
        return open_postgres(url, options=OPTIONS, timescale=self._timescale, **options)

    @contextmanager
    def taken(self) -> Iterator[str]:
        url = self.take()
        try:
            yield url
        finally:
            self.give_back(url)

    @contextmanager
    def bare(self) -> Iterator[str]:
        """The URL of a database without any table, which is dropped at the end."""
        self._made += 1
        name = f"{self._prefix}_bare_{self._made}"
        self._execute(
            f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
            f"CREATE DATABASE {name} TEMPLATE template0",
        )
        yield with_database(self.url, name)
        self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def drop_all(self) -> None:
        """Leave the server as it was."""
        sql = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
        with psycopg.connect(self.url, autocommit=True) as session:
            for (name,) in session.execute(sql, [self._prefix]).fetchall():
                session.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _execute(self, *statements: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as session:
            for statement in statements:
                session.execute(statement)


def with_database(url: str, name: str) -> str:
    """`url` with another database."""
    head, _, query = url.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{name}" + (f"?{query}" if query else "")


def unprepare(url: str) -> None:
    """Take back what `gatherer_database.prepare` added, before the database is used again."""
    with psycopg.connect(url, autocommit=True) as session:
        tables = session.execute(
            "SELECT p.relname FROM pg_attribute a JOIN pg_class p ON p.oid = a.attrelid "
            "JOIN pg_namespace n ON n.oid = p.relnamespace WHERE n.nspname = 'raw' AND a.attname = "
            "'landed_in' "
            "AND p.relkind IN ('r', 'p') AND NOT p.relispartition"
        ).fetchall()
        for (name,) in tables:
            session.execute(f'ALTER TABLE raw."{name}" DROP COLUMN landed_in')
