from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from marketdata_platform.core.datasets import TRADES
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.archiving.days import ArchiveOutcome, archive_day
from marketdata_platform.workflows.archiving.hours import compact_day, export_hours, last_hours
from marketdata_platform_tests.archive.archives import PLACE, FolderPlace, ObjectPlace
from marketdata_platform_tests.archive.days import BTC, DAY, table, trade

MIDNIGHT = datetime(2024, 7, 19, tzinfo=UTC)
NEXT_DAY = MIDNIGHT + timedelta(days=1)


@pytest.fixture(params=["folder", "object"])
def archive(request, tmp_path):
    return (FolderPlace(tmp_path) if request.param == "folder" else ObjectPlace()).open()


@pytest.fixture
def store() -> MemoryStore:
    """Ten trades in each of the hours 0, 1, 2 and 5."""
    store = MemoryStore()
    store.append("trades", BTC, table([_at(hour, n) for hour in (0, 1, 2, 5) for n in range(10)]))
    return store


def _at(hour: int, number: int):
    moment = MIDNIGHT + timedelta(hours=hour, seconds=number)
    return trade(hour * 1000 + number, ts_event=moment)


def at(hour: int) -> datetime:
    return MIDNIGHT + timedelta(hours=hour, minutes=1)


def day_rows(archive) -> pa.Table:
    return pa.Table.from_batches(archive.read(*PLACE), schema=TRADES.arrow_schema)


def test_hours_that_are_over_are_written_once_and_those_with_late_rows_again(store, archive):
    first = export_hours(store, archive, *PLACE, until=at(2))
    assert [(e.manifest.hour, e.manifest.rows, e.written) for e in first] == [
        (0, 10, True),
        (1, 10, True),
    ]
    store.append("trades", BTC, table([_at(1, 99)]))
    second = export_hours(store, archive, *PLACE, until=at(3))
    assert [(e.manifest.hour, e.manifest.rows, e.written) for e in second] == [
        (0, 10, False),
        (1, 11, True),
        (2, 10, True),
    ]
    assert archive.hours(*PLACE) == [0, 1, 2]
    assert archive.manifest(*PLACE) is None


def test_a_day_that_is_over_becomes_one_file_and_its_hours_go(store, archive):
    export_hours(store, archive, *PLACE, until=at(6))
    early = compact_day(store, archive, *PLACE, now=at(6))
    assert (early.hours, early.kept) == (4, "the day is not over")
    done = compact_day(store, archive, *PLACE, now=NEXT_DAY)
    assert (done.hours, done.rows, done.kept) == (4, 40, "")
    assert archive.hours(*PLACE) == []
    assert day_rows(archive).num_rows == 40
    assert archive_day(store, archive, *PLACE).outcome is ArchiveOutcome.UNCHANGED
    assert compact_day(store, archive, *PLACE, now=NEXT_DAY).hours == 0
    assert export_hours(store, archive, *PLACE, until=NEXT_DAY) == []


def test_hours_whose_rows_left_the_store_are_compacted_from_the_archive_itself(store, archive):
    export_hours(store, archive, *PLACE, until=at(6))
    digest = store.coverage("trades", BTC)[0].digest
    before = pa.Table.from_batches(store.read("trades", BTC))
    store.drop_before("trades", BTC, MIDNIGHT + timedelta(hours=2))
    export_hours(store, archive, *PLACE, until=at(6))
    done = compact_day(store, archive, *PLACE, now=NEXT_DAY)
    assert (done.rows, done.kept) == (40, "")
    assert day_rows(archive).equals(before)
    assert archive.manifest(*PLACE).source_digest == digest


def test_hours_stay_when_the_days_file_holds_fewer_rows_than_they_do(store, archive):
    export_hours(store, archive, *PLACE, until=at(2))
    few = MemoryStore()
    few.append("trades", BTC, table([_at(0, n) for n in range(5)]))
    archive_day(few, archive, *PLACE)
    done = compact_day(few, archive, *PLACE, now=NEXT_DAY)
    assert (done.rows, done.kept[:38]) == (20, "the day's file holds fewer rows than i")
    assert day_rows(archive).num_rows == 5
    assert archive.hours(*PLACE) == [0, 1]


def test_just_after_midnight_yesterdays_last_hour_is_looked_at_too():
    assert last_hours(NEXT_DAY + timedelta(minutes=5)) == [DAY, DAY + timedelta(days=1)]
    assert last_hours(at(5)) == [DAY]
