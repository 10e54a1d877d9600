"""Which servers the tests use: one of their own for the whole run, or those that the environment
names.
"""

from __future__ import annotations

import atexit
import os
from functools import cache

import pytest

from marketdata_platform_tests.served.databases import Databases
from marketdata_platform_tests.served.postgres_server import PostgresServer


@cache
def postgres() -> Databases:
    """Databases on plain PostgreSQL: `MARKETDATA_TEST_POSTGRES_URL`, else a server started once a
    process.
    """
    url = os.environ.get("MARKETDATA_TEST_POSTGRES_URL")
    if url is None:
        server = PostgresServer()
        atexit.register(server.close)
        return Databases(server.url)
    databases = Databases(url)
    atexit.register(databases.drop_all)
    return databases


@cache
def timescale() -> Databases:
    """Databases with TimescaleDB, where `MARKETDATA_TEST_TIMESCALE_URL` names a server; else the
    test is skipped.
    """
    url = os.environ.get("MARKETDATA_TEST_TIMESCALE_URL")
    if url is None:
        pytest.skip("MARKETDATA_TEST_TIMESCALE_URL names no server with TimescaleDB")
    databases = Databases(url, timescale="on")
    atexit.register(databases.drop_all)
    return databases
