"""The named queries of sql/postgres and sql/timescale, run on a session.

Belongs here: from a name to a result. Does not: statements that are made from a dataset's columns
(tables).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import psycopg

from marketdata_platform.stores.sql_files import named_queries


def ask(
    session: psycopg.Connection[tuple[Any, ...]], query: str, /, **values: object
) -> psycopg.Cursor[tuple[Any, ...]]:
    """Run the named query with these values bound."""
    return session.execute(query_named(query), values)


def query_named(name: str) -> str:
    """The text of a named query."""
    return _all()[name]


@cache
def _all() -> Mapping[str, str]:
    return {**named_queries("postgres"), **named_queries("timescale")}
