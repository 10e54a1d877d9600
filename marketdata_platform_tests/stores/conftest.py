import pytest

from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform_tests.served import postgres_fixtures
from marketdata_platform_tests.stores.contract import NOW


@pytest.fixture(params=["memory", "duckdb", "postgres", "timescale"])
def make_store(request, tmp_path_factory):
    """Makes empty stores of each engine."""
    databases = None
    if request.param in ("postgres", "timescale"):
        databases = getattr(postgres_fixtures, request.param)()
    taken = []

    def make():
        if request.param == "memory":
            return MemoryStore(clock=lambda: NOW)
        if databases is None:
            return DuckDBStore(
                tmp_path_factory.mktemp("store"), clock=lambda: NOW, lock_timeout_seconds=5
            )
        taken.append((store := databases.open(url := databases.take(), clock=lambda: NOW), url))
        return store

    yield make
    for store, url in taken:
        store.close()
        databases.give_back(url)


@pytest.fixture
def store(make_store):
    return make_store()
