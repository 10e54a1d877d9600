from datetime import timedelta

import pyarrow as pa
import pytest

from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.errors import ArchiveUnavailable
from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.archiving.days import archive_day
from marketdata_platform.workflows.archiving.hours import export_hours
from marketdata_platform.workflows.archiving.restore_days import Put, archived, restore_days
from marketdata_platform.workflows.ports import Appended
from marketdata_platform_tests.archive.archives import DAY_FOLDER, PLACE, FolderPlace, ObjectPlace
from marketdata_platform_tests.archive.days import BTC, DAY, NOON, table, trade, trades
from marketdata_platform_tests.objects.s3_server import Fault

NEXT = DAY + timedelta(days=1)


@pytest.fixture(params=["folder", "object"])
def place(request, tmp_path):
    return FolderPlace(tmp_path) if request.param == "folder" else ObjectPlace()


@pytest.fixture
def source(place) -> MemoryStore:
    """Two archived days of trades, some with receive times."""
    store = MemoryStore()
    day = [trade(n, ts_recv=NOON + timedelta(seconds=n)) for n in range(20)]
    store.append("trades", BTC, table(day))
    store.append(
        "trades", BTC, table([trade(100 + n, ts_event=NOON + timedelta(days=1)) for n in range(5)])
    )
    for one in (DAY, NEXT):
        archive_day(store, place.open(), "trades", BTC, one)
    return store


def everything(store) -> pa.Table:
    return pa.Table.from_batches(store.read("trades", BTC), schema=TRADES.arrow_schema)


def put(store, place, **filters):
    archive = place.open()
    return list(restore_days(store, archive, archived(archive, **filters)))


def test_an_empty_store_gets_every_row_with_its_receive_time(place, source, tmp_path):
    store = DuckDBStore(tmp_path / "new")
    done = put(store, place)
    assert [(d.partition.day, d.outcome, d.rows) for d in done] == [
        (DAY, Put.RESTORED, 20),
        (NEXT, Put.RESTORED, 5),
    ]
    assert everything(store).equals(everything(source))
    assert store.coverage("trades", BTC) == source.coverage("trades", BTC)
    assert {d.outcome for d in put(store, place)} == {Put.PRESENT}
    store.close()


def test_one_day_or_one_instrument_or_one_dataset_can_be_asked_for(place, source):
    store = MemoryStore()
    assert [d.partition.day for d in put(store, place, days=[NEXT])] == [NEXT]
    assert put(store, place, datasets={"bar__kline"}) == []
    assert put(store, place, instrument=type(BTC).parse("binance:spot:ETHUSDT")) == []


def test_a_partly_filled_store_keeps_its_own_rows_and_gets_those_that_it_lacks(place, source):
    store = MemoryStore()
    other = trade(3, price=trades(1)["price"][0].as_py() + 1)
    store.append(
        "trades", BTC, table([trade(2, ts_recv=NOON + timedelta(seconds=2)), other, trade(500)])
    )
    done = put(store, place, days=[DAY])
    assert done[0].appended == Appended(inserted=18, duplicates=1, conflicts=1)
    kept = [row for row in everything(store).to_pylist() if row["trade_id"] == "5000003"]
    assert [row["price"] for row in kept] == [other["price"]]
    assert everything(store).num_rows == 21


def test_a_damaged_file_is_told_and_the_others_are_restored(place, source):
    manifest = place.open().manifest(*PLACE)
    path = f"{DAY_FOLDER}/{manifest.file}"
    data = place.get(path)
    place.put(path, data[:60] + bytes([data[60] ^ 1]) + data[61:])
    store = MemoryStore()
    failed, restored = put(store, place)
    assert failed.outcome is Put.FAILED and "sha256" in failed.problem
    assert restored.outcome is Put.RESTORED
    assert everything(store).num_rows == 5


def test_hours_of_an_open_day_are_restored_as_long_as_the_day_has_no_file(place):
    source = MemoryStore()
    source.append("trades", BTC, trades(9))
    export_hours(source, place.open(), *PLACE, until=NOON + timedelta(hours=2))
    store = MemoryStore()
    (done,) = put(store, place)
    assert (done.partition.hour, done.rows) == (12, 9)
    assert everything(store).equals(everything(source))


def test_a_restore_that_was_cut_goes_on_where_it_was():
    place = ObjectPlace()
    source = MemoryStore()
    source.append("trades", BTC, trades(20))
    source.append("trades", BTC, table([trade(100, ts_event=NOON + timedelta(days=1))]))
    for one in (DAY, NEXT):
        archive_day(source, place.open(), "trades", BTC, one)
    store, archive = MemoryStore(), place.open(retries=0)
    place.server.faults = [Fault(f"GET .*{NEXT}.*parquet", "503")]
    steps = restore_days(store, archive, archived(archive))
    assert next(steps).outcome is Put.RESTORED
    with pytest.raises(ArchiveUnavailable):
        next(steps)
    place.server.faults = []
    place.server.requests.clear()
    done = list(restore_days(store, archive, archived(archive)))
    assert [d.outcome for d in done] == [Put.PRESENT, Put.RESTORED]
    assert not any(f"{DAY}" in r and ".parquet" in r for r in place.server.requests)
    assert everything(store).equals(everything(source))


def test_a_day_in_cold_storage_is_told_apart():
    place = ObjectPlace()
    source = MemoryStore()
    source.append("trades", BTC, trades(20))
    manifest = archive_day(source, place.open(), *PLACE).manifest
    path = f"{DAY_FOLDER}/{manifest.file}"
    place.put(path, place.get(path), StorageClass="GLACIER")
    (frozen,) = put(MemoryStore(), place)
    assert frozen.outcome is Put.FROZEN and "--thaw" in frozen.problem
    assert place.open().thaw(*PLACE, days=3) is True
    (thawed,) = put(MemoryStore(), place)
    assert thawed.outcome in (Put.RESTORED, Put.FROZEN)  # the server decides how long it takes
