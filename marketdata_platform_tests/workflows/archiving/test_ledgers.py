from datetime import timedelta

import pyarrow as pa
import pytest

from marketdata_platform.core.datasets import IMPORTS
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.archiving.days import archive_day
from marketdata_platform.workflows.archiving.ledgers import archive_ledgers, restore_ledgers
from marketdata_platform_tests.archive.archives import PLACE, FolderPlace, ObjectPlace
from marketdata_platform_tests.archive.days import BTC, NOON, trades


@pytest.fixture(params=["folder", "object"])
def archive(request, tmp_path):
    return (FolderPlace(tmp_path) if request.param == "folder" else ObjectPlace()).open()


def imported(sha256: str, rows: int = 5) -> pa.Table:
    row = {
        "sha256": sha256,
        "source": f"{sha256}.csv",
        "format": "binance-trades",
        "rows": rows,
        "quarantined": 0,
        "covers_from": NOON,
        "covers_to": NOON + timedelta(hours=1),
        "seconds": None,
        "imported_at": NOON,
    }
    return pa.Table.from_pylist([row], schema=IMPORTS.arrow_schema)


def rows_in(store) -> list[tuple[str, int]]:
    return sorted(
        (r["sha256"], r["rows"]) for b in store.read("imports", BTC) for r in b.to_pylist()
    )


def test_bookkeeping_goes_with_archived_trades_and_comes_back(archive):
    store = MemoryStore()
    store.append("trades", BTC, trades(5))
    assert archive.ledger("imports", BTC) is None
    store.append("imports", BTC, imported("a"))
    archive_day(store, archive, *PLACE)
    store.append("imports", BTC, imported("b"))
    archive_day(store, archive, *PLACE)  # the day is unchanged, its bookkeeping is not
    fresh = MemoryStore()
    assert restore_ledgers(fresh, archive, BTC) == 2
    assert rows_in(fresh) == [("a", 5), ("b", 5)]
    assert restore_ledgers(fresh, archive, BTC) == 0
    assert list(archive.strays()) == list(archive.leftovers()) == []


def test_a_store_that_lost_its_bookkeeping_does_not_take_the_archives_with_it(archive):
    store = MemoryStore()
    store.append("imports", BTC, imported("a"))
    archive_ledgers(store, archive, BTC)
    other = MemoryStore()
    other.append("imports", BTC, imported("b"))
    archive_ledgers(other, archive, BTC)
    fresh = MemoryStore()
    fresh.append("imports", BTC, imported("a", rows=9))
    restore_ledgers(fresh, archive, BTC)
    assert rows_in(fresh) == [("a", 9), ("b", 5)]  # what the store has is its own
