import pytest

from marketdata_platform.stores.duckdb import DuckDBStore
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform_tests.stores.contract import NOW


@pytest.fixture(params=["memory", "duckdb"])
def make_store(request, tmp_path_factory):
    """Makes empty stores of each engine."""

    def make():
        if request.param == "memory":
            return MemoryStore(clock=lambda: NOW)
        return DuckDBStore(tmp_path_factory.mktemp("store"), clock=lambda: NOW, lock_timeout_seconds=5)

    return make


@pytest.fixture
def store(make_store):
    return make_store()
