from datetime import date, timedelta

import pyarrow as pa
import pytest

from marketdata_platform.archive.folder import FolderArchive
from marketdata_platform.core.datasets import DATASETS, TRADES
from marketdata_platform.core.errors import ArchiveMismatch, ArchiveWouldShrink, InvalidInput
from marketdata_platform.core.window import Window
from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.archiving.days import ArchiveOutcome, archive_day
from marketdata_platform.workflows.archiving.verify import verify
from marketdata_platform_tests.archive.days import BTC, DAY, NOON, captured, table, trade, trades

PLACE = ("trades", BTC, DAY)
DAY_FOLDER = "archive/raw/trades/venue=binance/market=futures/symbol=BTCUSDT/date=2024-07-19"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def archive(tmp_path) -> FolderArchive:
    return FolderArchive(tmp_path)


def rows_of(archive: FolderArchive) -> pa.Table:
    return pa.Table.from_batches(archive.read(*PLACE), schema=TRADES.arrow_schema)


def test_a_day_is_written_with_the_stores_digest_and_left_alone_the_next_time(store, archive):
    store.append("trades", BTC, trades(20))
    first = archive_day(store, archive, *PLACE)
    assert (first.outcome, first.skipped) == (ArchiveOutcome.WRITTEN, False)
    assert first.manifest.source_digest == store.coverage("trades", BTC)[0].digest
    assert rows_of(archive).equals(trades(20))
    again = archive_day(store, archive, *PLACE)
    assert (again.outcome, again.skipped, again.manifest) == (
        ArchiveOutcome.UNCHANGED,
        True,
        first.manifest,
    )


def test_only_the_day_that_is_asked_for_is_written(store, archive):
    store.append("trades", BTC, table([trade(1), trade(2, ts_event=NOON + timedelta(days=1))]))
    assert archive_day(store, archive, *PLACE).manifest.rows == 1
    assert [p.day for p in archive.partitions()] == [DAY]


def test_a_day_without_rows_has_no_file_and_says_so(store, archive, tmp_path):
    nothing = archive_day(store, archive, *PLACE)
    assert (nothing.outcome, nothing.manifest, nothing.skipped) == (
        ArchiveOutcome.NO_ROWS,
        None,
        True,
    )
    assert list(tmp_path.iterdir()) == []


def test_late_rows_make_the_day_be_written_again(store, archive):
    store.append("trades", BTC, trades(5))
    archive_day(store, archive, *PLACE)
    store.append("trades", BTC, trades(8))
    assert archive_day(store, archive, *PLACE).outcome is ArchiveOutcome.WRITTEN
    assert rows_of(archive).num_rows == 8


def test_a_receive_time_that_came_later_is_seen_though_the_digest_is_the_same(store, archive):
    store.append("trades", BTC, trades(5))
    digest = archive_day(store, archive, *PLACE).manifest.source_digest
    received = [trade(n, ts_recv=NOON) if n == 4 else trade(n) for n in range(5)]
    store.append("trades", BTC, table(received))
    assert store.coverage("trades", BTC)[0].digest == digest
    assert archive_day(store, archive, *PLACE).outcome is ArchiveOutcome.WRITTEN
    assert rows_of(archive).equals(table(received))
    assert archive_day(store, archive, *PLACE).outcome is ArchiveOutcome.UNCHANGED


@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
def test_a_damaged_file_is_written_again_from_the_store(store, archive, tmp_path, damage):
    store.append("trades", BTC, trades(20))
    archive_day(store, archive, *PLACE)
    path = tmp_path / DAY_FOLDER / "part-0.parquet"
    data = path.read_bytes()
    if damage == "remove":
        path.unlink()
    else:
        path.write_bytes(data[:-1] if damage == "truncate" else bytes([data[0] ^ 1]) + data[1:])
    assert archive_day(store, archive, *PLACE).outcome is ArchiveOutcome.WRITTEN
    assert path.read_bytes() == data


def test_a_day_that_the_store_has_dropped_is_kept_even_by_force(store, archive):
    store.append("trades", BTC, trades(5))
    manifest = archive_day(store, archive, *PLACE).manifest
    store.drop_before("trades", BTC, NOON + timedelta(days=9))
    for force in (False, True):
        kept = archive_day(store, archive, *PLACE, force=force)
        assert (kept.outcome, kept.manifest) == (ArchiveOutcome.KEPT, manifest)
    assert rows_of(archive).num_rows == 5


def test_a_raw_day_of_which_the_store_has_lost_rows_is_refused_until_forced(store, archive):
    store.append("trades", BTC, trades(9))
    archive_day(store, archive, *PLACE)
    store.drop_before("trades", BTC, NOON + timedelta(milliseconds=2))
    with pytest.raises(ArchiveWouldShrink, match="the store has 3 rows, the archive 9"):
        archive_day(store, archive, *PLACE)
    assert rows_of(archive).num_rows == 9
    assert archive_day(store, archive, *PLACE, force=True).manifest.rows == 3


def test_a_derived_day_may_shrink_for_it_is_rebuilt_from_trades(store, archive):
    bar = {c.name: 1 for c in DATASETS["bar__tick"].columns} | {
        "start_time": NOON,
        "end_time": NOON,
    }
    schema = DATASETS["bar__tick"].arrow_schema
    for count in (3, 2):
        bars = pa.Table.from_pylist([{**bar, "bar_index": n} for n in range(count)], schema=schema)
        store.replace("bar__tick", BTC, Window.of_day(DAY), bars)
        assert archive_day(store, archive, "bar__tick", BTC, DAY).manifest.rows == count
    assert archive_day(store, archive, "bar__tick", BTC, DAY).outcome is ArchiveOutcome.UNCHANGED


def test_an_unreadable_manifest_is_replaced_only_by_force(store, archive, tmp_path):
    store.append("trades", BTC, trades(5))
    archive_day(store, archive, *PLACE)
    (tmp_path / DAY_FOLDER / "_manifest.json").write_text("{")
    with pytest.raises(ArchiveMismatch, match="not JSON"):
        archive_day(store, archive, *PLACE)
    assert archive_day(store, archive, *PLACE, force=True).outcome is ArchiveOutcome.WRITTEN


class ChangingStore(MemoryStore):
    """Takes a late trade between the first and the second reading of a day."""

    reads = 0
    late = 1

    def read(self, *args, **kwargs):
        self.reads += 1
        rows = list(super().read(*args, **kwargs))
        if self.reads <= self.late:
            self.append("trades", BTC, table([trade(100 + self.reads)]))
        return iter(rows)


def test_a_store_that_changes_while_it_is_exported_is_read_again(archive):
    store = ChangingStore()
    store.append("trades", BTC, trades(5))
    assert archive_day(store, archive, *PLACE).manifest.rows == 6
    assert archive_day(store, archive, *PLACE).outcome is ArchiveOutcome.UNCHANGED


def test_a_store_that_never_rests_leaves_nothing_half_checked(archive):
    store = ChangingStore()
    store.late = 99
    store.append("trades", BTC, trades(5))
    with pytest.raises(ArchiveMismatch, match="the store goes on at row"):
        archive_day(store, archive, *PLACE)
    assert list(archive.partitions()) == []


def test_bookkeeping_is_not_archived(store, archive):
    store.append("imports", BTC, _import_row())
    with pytest.raises(InvalidInput, match="imports"):
        archive_day(store, archive, "imports", BTC, NOON.date())


def _import_row() -> pa.Table:
    row = {
        "sha256": "a",
        "source": "f",
        "format": "x",
        "rows": 1,
        "quarantined": 0,
        "imported_at": NOON,
    }
    return pa.Table.from_pylist([row], schema=DATASETS["imports"].arrow_schema)


def test_every_store_and_every_order_of_arrival_gives_the_same_bytes(tmp_path):
    files = []
    for number, store in enumerate((MemoryStore(), DuckDBStore(tmp_path / "store"))):
        for part in (range(500, 1000), range(700)):
            rows = [trade(n, condition="insurance_fund" if n == 600 else None) for n in part]
            store.append("trades", BTC, table(rows if number else rows[::-1]))
        archive = FolderArchive(tmp_path / str(number))
        assert archive_day(store, archive, *PLACE).outcome is ArchiveOutcome.WRITTEN
        assert archive_day(store, archive, *PLACE).outcome is ArchiveOutcome.UNCHANGED
        assert [v.ok for v in verify(store, archive)] == [True]
        files.append((tmp_path / str(number) / DAY_FOLDER / "part-0.parquet").read_bytes())
    assert files[0] == files[1]


def test_real_trades_of_a_midnight_pair_land_in_the_days_of_their_exchange_time(store, archive):
    for day in (date(2024, 7, 18), date(2024, 7, 19)):
        rows = captured("usdm/btcusdt_202407", day)
        store.append("trades", BTC, rows)
        manifest = archive_day(store, archive, "trades", BTC, day).manifest
        assert manifest.rows == len(rows) > 900
        read = pa.Table.from_batches(archive.read("trades", BTC, day), schema=TRADES.arrow_schema)
        assert read.equals(rows)
