import json
from datetime import timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from marketdata_platform.archive.folder import FolderArchive
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.archiving.days import archive_day
from marketdata_platform.workflows.archiving.verify import NOT_ARCHIVED, verify
from marketdata_platform_tests.archive.days import BTC, DAY, NOON, captured, table, trade, trades

PLACE = ("trades", BTC, DAY)
DAY_FOLDER = "archive/raw/trades/venue=binance/market=futures/symbol=BTCUSDT/date=2024-07-19"


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    made.append("trades", BTC, trades(20))
    return made


@pytest.fixture
def archive(tmp_path, store) -> FolderArchive:
    made = FolderArchive(tmp_path)
    archive_day(store, made, *PLACE)
    return made


def problem(store: MemoryStore, archive: FolderArchive) -> str:
    verdicts = verify(store, archive)
    assert [(v.ok, v.failed) for v in verdicts] == [(False, True)]
    return verdicts[0].problem


def holding(rows: pa.Table) -> MemoryStore:
    store = MemoryStore()
    store.append("trades", BTC, rows)
    return store


def test_an_archive_that_equals_the_store_is_ok_and_progress_is_told(store, archive):
    told = []
    verdict = verify(store, archive, progress=lambda done, total: told.append((done, total)))
    assert [(v.dataset, v.instrument, v.day, v.ok, v.problem, v.rows) for v in verdict] == [
        ("trades", BTC, DAY, True, None, 20)
    ]
    assert told[-1] == (1, 1)


def test_a_day_that_the_store_no_longer_has_is_checked_by_its_manifest_alone(archive):
    assert [v.ok for v in verify(MemoryStore(), archive)] == [True]


def test_a_missing_file_is_found(store, archive, tmp_path):
    (tmp_path / DAY_FOLDER / "part-0.parquet").unlink()
    assert "cannot be opened" in problem(store, archive)


@pytest.mark.parametrize("position", [0, 30, 400, -20, -1])
def test_a_flipped_bit_anywhere_is_found(store, archive, tmp_path, position):
    path = tmp_path / DAY_FOLDER / "part-0.parquet"
    data = bytearray(path.read_bytes())
    data[position] ^= 4
    path.write_bytes(data)
    assert "sha256" in problem(store, archive)


def test_a_truncated_file_is_found(store, archive, tmp_path):
    path = tmp_path / DAY_FOLDER / "part-0.parquet"
    path.write_bytes(path.read_bytes()[:-7])
    assert "bytes, its manifest says" in problem(store, archive)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("rows", 21, "says rows 21, the file has 20"),
        ("sha256", "0" * 64, "sha256"),
        ("bytes", 1, "its manifest says 1"),
        ("first_time", "2024-07-19T00:00:00+00:00", "says first_time"),
        ("last_time", None, "says last_time None"),
        ("first_key", "1", "says first_key 1"),
        ("last_key", "1", "says last_key 1"),
        ("schema_version", "0", "says schema 0"),
        ("source_digest", "x", "source_digest is not the store's"),
        ("file", "other.parquet", "another file"),
        ("day", "2024-07-20", "speaks of"),
        ("dataset", "quotes", "speaks of"),
    ],
)
def test_every_edited_field_of_a_manifest_is_found(store, archive, tmp_path, field, value, said):
    path = tmp_path / DAY_FOLDER / "_manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    assert said in problem(store, archive)


def test_a_file_forged_together_with_its_manifest_differs_from_the_store(store, archive, tmp_path):
    forged = [trade(n, price=Decimal("64000.11")) if n == 7 else trade(n) for n in range(20)]
    digest = archive.manifest(*PLACE).source_digest
    archive.write(*PLACE, iter(table(forged).to_batches()), source_digest=digest)
    said = problem(store, archive)
    assert "key 5000007 (row 7), column price: archive 64000.11000000, store 64000.10000000" in said
    assert "digests are equal" in said


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (
            [trade(n) for n in range(20) if n != 6],
            "the archive has key 5000006 at row 6, which the store has not",
        ),
        (
            [trade(n) for n in range(20)] + [trade(20)],
            "the store goes on at row 20 with key 5000020",
        ),
        ([trade(n) for n in range(19)], "the archive goes on at row 19 with key 5000019"),
        (
            [trade(n, ts_recv=NOON if n == 3 else None) for n in range(20)],
            "key 5000003 (row 3), column ts_recv: archive None",
        ),
        (
            [trade(n, condition="insurance_fund" if n == 19 else None) for n in range(20)],
            "column condition: archive None",
        ),
        (
            [trade(5, trade_id="5000005b")] + [trade(n) for n in range(20)],
            "which the archive has not",
        ),
    ],
)
def test_rows_that_differ_are_named_by_key_and_column(archive, stored, said):
    assert said in problem(holding(table(stored)), archive)


def test_a_difference_beyond_the_first_batches_is_found_whatever_their_sizes(tmp_path):
    many = trades(70_000)
    archive = FolderArchive(tmp_path)
    archive.write(*PLACE, iter(many.to_batches(max_chunksize=999)), source_digest="d")
    changed = pa.concat_tables(
        [many.slice(0, 69_000), table([trade(69_000, side="sell")]), many.slice(69_001)]
    )
    assert "key 5069000 (row 69000), column side: archive buy, store sell" in problem(
        holding(changed), archive
    )


def test_a_data_file_without_manifest_and_a_stray_one_are_found(store, archive, tmp_path):
    folder = tmp_path / DAY_FOLDER
    (folder / "_manifest.json").unlink()
    (folder / "part-1.parquet").write_bytes(b"x")
    first, stray = verify(store, archive)
    assert "without a manifest" in first.problem
    assert "part-1.parquet" in stray.problem and stray.failed
    assert stray.instrument is None


def test_days_not_archived_are_reported_apart_from_failures(store, archive):
    store.append("trades", BTC, table([trade(1000, ts_event=NOON + timedelta(days=1))]))
    ok, missing = verify(store, archive)
    assert ok.ok
    assert (missing.day, missing.ok, missing.failed, missing.problem, missing.rows) == (
        DAY + timedelta(days=1),
        False,
        False,
        NOT_ARCHIVED,
        1,
    )


def test_filters_leave_only_what_they_name(store, archive):
    other = Instrument.parse("binance:spot:ETHUSDT")
    store.append("trades", other, trades(3))
    archive_day(store, archive, "trades", other, DAY)
    assert [v.instrument for v in verify(store, archive)] == [BTC, other]
    assert [v.instrument for v in verify(store, archive, instrument=other)] == [other]
    assert [v.rows for v in verify(store, archive, "trades", BTC, [DAY])] == [20]
    assert verify(store, archive, days=[DAY + timedelta(days=5)]) == []
    assert verify(store, archive, dataset="bar__kline") == []


def test_real_trades_verify_and_one_changed_last_digit_does_not(tmp_path):
    rows = captured("usdm/btcusdt_202304", NOON.date().replace(year=2023, month=4, day=5))
    day = rows["ts_event"][0].as_py().date()
    store, archive = holding(rows), FolderArchive(tmp_path)
    archive_day(store, archive, "trades", BTC, day)
    assert [(v.ok, v.rows) for v in verify(store, archive)] == [(True, len(rows))]

    changed = rows.slice(5000, 1).to_pylist()[0]
    changed["quantity"] += Decimal("0.00000001")
    store = holding(pa.concat_tables([rows.slice(0, 5000), table([changed]), rows.slice(5001)]))
    assert "column quantity" in verify(store, archive)[0].problem
