"""What every store promises of several datasets added at once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from marketdata_platform.core.batch import Batch
from marketdata_platform.core.datasets import CURSORS
from marketdata_platform.core.datasets.raw_book import QUOTES
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.workflows.ports import Addition, Appended
from marketdata_platform_tests.stores.contract import (
    BTC,
    MIDNIGHT,
    NOW,
    an_import,
    content,
    everything,
    many,
    trade,
    trades,
)


def quotes(*numbers: int) -> pa.Table:
    rows = [
        {
            "ts_event": MIDNIGHT + timedelta(seconds=n),
            "event_id": str(n),
            "sequence": n,
            "bid_price": Decimal(n),
        }
        for n in numbers
    ]
    return pa.Table.from_pylist(rows, schema=QUOTES.arrow_schema)


def cursor(position: str) -> dict[str, pa.Table]:
    row = {"gatherer": "g1", "position": position, "state": None, "ts_recv": None, "moved_at": NOW}
    return {"cursors": pa.Table.from_pylist([row], schema=CURSORS.arrow_schema)}


def test_several_datasets_and_their_cursor_are_added_at_once(store):
    additions = [
        Addition("trades", many(0, 10)),
        Addition("quotes", Batch(QUOTES, quotes(1, 2, 2)).judge()),
    ]
    assert store.append_many(BTC, additions, companions=cursor("1:256")) == [
        Appended(10),
        Appended(2, 1),
    ]
    assert len(content(store)) == 10
    assert [row["event_id"] for row in content(store, "quotes")] == ["1", "2"]
    assert [row["position"] for row in content(store, "cursors")] == ["1:256"]


def test_a_dataset_that_comes_twice_is_held_against_what_came_first(make_store):
    parts, whole = make_store(), make_store()
    additions = [Addition("trades", many(0, 10)), Addition("trades", many(5, 15))]
    assert parts.append_many(BTC, additions) == [Appended(10), Appended(5, 5)]
    whole.append("trades", BTC, many(0, 15))
    assert everything(parts) == everything(whole)


def test_without_additions_the_companions_alone_are_written(store):
    assert store.append_many(BTC, [], companions=cursor("2:300")) == []
    assert [row["position"] for row in content(store, "cursors")] == ["2:300"]


def test_nothing_of_an_addition_stays_when_a_later_one_is_wrong(store):
    store.append("trades", BTC, many(0, 3))
    before = everything(store)
    lacking = pa.table({"event_id": ["1"]})
    with pytest.raises(InvalidInput, match="quotes: rows lack columns"):
        store.append_many(BTC, [Addition("trades", many(3, 9)), Addition("quotes", lacking)])
    with pytest.raises(InvalidInput, match="imports is bookkeeping"):
        store.append_many(BTC, [Addition("trades", many(3, 9)), Addition("imports", an_import())])
    assert everything(store) == before


def test_a_refused_row_is_quarantined_under_the_source_of_its_own(store):
    store.append("trades", BTC, many(0, 2))
    rows = trades(trade(0), trade(1, price=Decimal(7)), trade(2, price=Decimal(0)))
    addition = Addition("trades", rows, source=["g1", "g2", "g3"], positions=[100, 200, 300])
    assert store.append_many(BTC, [addition]) == [Appended(0, 1, 1, 1)]
    held = [
        (row["source"], row["position"], row["dataset"]) for row in content(store, "quarantine")
    ]
    assert held == [("g2", 200, "trades"), ("g3", 300, "trades")]
