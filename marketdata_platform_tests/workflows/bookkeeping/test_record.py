from datetime import UTC, datetime, timedelta

import pyarrow as pa

from marketdata_platform.core.datasets import IMPORTS
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.bookkeeping.record import day_gaps, holes_of_day, open_record
from marketdata_platform_tests.workflows.days import INSTRUMENT, day, trades_of

BYBIT = Instrument.parse("bybit:inverse:BTCUSD")


def imported(first: datetime, last: datetime, name: str) -> pa.Table:
    row = {
        "sha256": name,
        "source": name,
        "format": "frames",
        "rows": 1,
        "quarantined": 0,
        "covers_from": first,
        "covers_to": last,
        "imported_at": first,
    }
    return pa.Table.from_pylist([row], schema=IMPORTS.arrow_schema)


def gaps_of(store, number):
    record = open_record(store, INSTRUMENT)
    return day_gaps(store, record, day(number))


def test_missing_ids_inside_a_day_and_over_midnight_are_gaps():
    store = MemoryStore()
    store.append("trades", INSTRUMENT, trades_of(0, [10, 11, 14, 15]))
    store.append("trades", INSTRUMENT, trades_of(1, [86_420, 86_421]))

    inside, over = gaps_of(store, 0)
    assert (inside.first_missing, inside.last_missing) == (12, 13)
    assert (over.first_missing, over.last_missing) == (16, 86_419)
    assert [g.first_missing for g in gaps_of(store, 1)] == [16]
    assert open_record(store, INSTRUMENT).missing_ids == 2 + 86_404


def test_a_whole_record_has_no_holes_but_before_its_first_and_after_its_last_trade():
    store = MemoryStore()
    store.append("trades", INSTRUMENT, trades_of(0, range(100, 200)))
    record = open_record(store, INSTRUMENT)
    window = Window.of_day(day(0))

    before, after = holes_of_day(store, record, day(0))
    assert before == Window(window.start, window.start + timedelta(seconds=100))
    assert after.start == window.start + timedelta(seconds=199, microseconds=1)
    assert after.end == window.end


def test_a_dump_that_claims_its_whole_day_leaves_no_hole():
    store = MemoryStore()
    window = Window.of_day(day(0))
    store.append("trades", INSTRUMENT, trades_of(0, range(100, 200)))
    store.append("imports", INSTRUMENT, imported(window.start, window.end, "dump"))

    assert holes_of_day(store, open_record(store, INSTRUMENT), day(0)) == []


def test_where_ids_are_not_contiguous_only_what_sources_claim_is_covered():
    store = MemoryStore()
    start = datetime(2024, 7, 18, tzinfo=UTC)
    hours = [start + timedelta(hours=h) for h in range(25)]
    store.append("trades", BYBIT, trades_of(0, [3_600, 70_000]))
    store.append("imports", BYBIT, imported(hours[1], hours[3], "a"))
    store.append("imports", BYBIT, imported(hours[5], hours[20], "b"))
    record = open_record(store, BYBIT)

    assert record.missing_ids is None
    assert holes_of_day(store, record, day(0)) == [
        Window(hours[0], hours[1]),
        Window(hours[3], hours[5]),
        Window(hours[20], hours[24]),
    ]
