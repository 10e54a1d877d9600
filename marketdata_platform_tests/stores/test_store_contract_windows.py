"""What every store promises about windows, days, companions and instruments, whatever its
engine.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from marketdata_platform.core.datasets import DATASETS
from marketdata_platform.core.errors import InvalidInput, StoreChanged
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.workflows.ports import Appended
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


def test_coverage_tells_days_and_bounds(store):
    store.append("trades", BTC, many(100, 140))
    first, second = store.coverage("trades")
    assert (first.day, first.rows, first.first_sequence, first.last_sequence) == (
        date(2024, 3, 1),
        20,
        100,
        119,
    )
    assert (second.day, second.rows, second.first_sequence, second.last_sequence) == (
        date(2024, 3, 2),
        20,
        120,
        139,
    )
    assert second.first_time == MIDNIGHT
    assert first.instrument == BTC


def test_the_digest_tells_contents_apart_and_leaves_receive_times_out(make_store):
    def digest_of(*rows):
        store = make_store()
        for row in rows:
            store.append("trades", BTC, trades(row))
        return [day.digest for day in store.coverage("trades", BTC)]

    plain = digest_of(trade(1), trade(2))
    assert plain == digest_of(trade(2), trade(1)) == digest_of(trade(1, ts_recv=NOW), trade(2))
    filled = digest_of(trade(1), trade(2), trade(2, condition="x"))
    assert filled == digest_of(trade(2, condition="x"), trade(1), trade(2)) != plain
    for change in (
        {"price": Decimal(1)},
        {"side": "unknown"},
        {"sequence": None},
        {"first_trade_id": 1},
    ):
        assert digest_of(trade(1), trade(2, **change)) != plain


def test_companions_commit_with_the_rows_and_replace_their_own_key(store):
    store.append("trades", BTC, many(0, 2), companions={"imports": an_import(rows=1)})
    store.append("trades", BTC, many(0, 2), companions={"imports": an_import(rows=2)})
    store.append("imports", BTC, an_import("cd"))
    assert [(row["sha256"], row["rows"]) for row in content(store, "imports")] == [
        ("ab", 2),
        ("cd", 1),
    ]


def test_a_bad_companion_keeps_the_rows_out(store):
    for companions in ({"trades": many(0, 1)}, {"imports": an_import().drop_columns(["source"])}):
        with pytest.raises(InvalidInput):
            store.append("trades", BTC, many(0, 2), companions=companions)
        with pytest.raises(InvalidInput):
            store.replace(
                "trades", BTC, Window.of_day(date(2024, 3, 1)), many(0, 2), companions=companions
            )
    assert content(store) == []


def test_replace_puts_rows_in_place_of_a_window_and_of_nothing_else(make_store):
    store, direct = make_store(), make_store()
    store.append("trades", BTC, many(0, 240))
    window = Window(MIDNIGHT - timedelta(seconds=20), MIDNIGHT + timedelta(seconds=20))
    assert (
        store.replace("trades", BTC, window, many(105, 110), companions={"imports": an_import()})
        == 5
    )
    for part in (many(0, 100), many(105, 110), many(140, 240)):
        direct.append("trades", BTC, part)
    assert everything(store) == everything(direct)
    assert len(content(store, "imports")) == 1
    assert store.replace("trades", BTC, Window.of_day(date(2024, 3, 2)), trades()) == 0
    assert [day.day for day in store.coverage("trades")] == [date(2024, 3, 1)]


def test_replace_refuses_rows_outside_its_window_or_twice_or_wrong(store):
    store.append("trades", BTC, many(0, 3))
    before = everything(store)
    window = Window.of_day(date(2024, 3, 1))
    for rows, message in (
        (trades(trade(130)), "outside"),
        (trades(trade(1), trade(1)), "same trade_id"),
        (trades(trade(1, price=Decimal(-1))), "not above zero"),
    ):
        with pytest.raises(InvalidInput, match=message):
            store.replace("trades", BTC, window, rows)
    assert everything(store) == before


def test_drop_before_forgets_whole_and_partial_days(make_store):
    store, direct = make_store(), make_store()
    store.append("trades", BTC, many(0, 240))
    assert store.drop_before("trades", BTC, MIDNIGHT) == 120
    assert [day.day for day in store.coverage("trades", BTC)] == [date(2024, 3, 2)]
    assert store.drop_before("trades", BTC, MIDNIGHT + timedelta(seconds=30)) == 30
    direct.append("trades", BTC, many(150, 240))
    assert everything(store) == everything(direct)
    assert store.drop_before("trades", BTC, NOW) == 90
    assert store.coverage("trades", BTC) == []
    assert store.append("trades", BTC, many(0, 240)) == Appended(240)


def test_what_came_in_since_it_was_looked_at_is_not_dropped(store):
    store.append("trades", BTC, many(0, 240))
    known = store.coverage("trades", BTC)[:1]
    store.append("trades", BTC, many(240, 245))  # of the second day
    assert store.drop_before("trades", BTC, MIDNIGHT, known=known) == 120

    store.append("trades", BTC, many(0, 120))
    store.append("trades", BTC, trades(trade(5, trade_id="late")))
    before = everything(store)
    with pytest.raises(StoreChanged, match="2024-03-01"):
        store.drop_before("trades", BTC, MIDNIGHT, known=known)
    with pytest.raises(StoreChanged):
        store.drop_before("trades", BTC, MIDNIGHT, known=[])
    assert everything(store) == before


def test_windows_are_half_open_and_columns_can_be_chosen(store):
    store.append("trades", BTC, many(0, 240))
    window = Window(MIDNIGHT, MIDNIGHT + timedelta(seconds=2))
    assert [row["trade_id"] for row in content(store, window=window)] == ["120", "121"]
    (batch,) = store.read("trades", BTC, window, columns=["price", "ts_event"])
    assert batch.schema.names == ["price", "ts_event"]
    assert batch.column("price").to_pylist() == [Decimal("42120.5"), Decimal("42121.5")]


def test_batches_are_of_bounded_size_and_survive_writes_to_the_same_instrument(store):
    store.append("trades", BTC, many(0, 20))
    for batch in store.read("trades", BTC):
        store.append("trades", BTC, many(300, 310))
        assert batch.num_rows <= 1 << 18
    assert len(content(store)) == 30


@pytest.mark.parametrize(
    "symbol",
    [
        'A"B',
        "A'B; DROP TABLE x",
        "x/y",
        "币安人生USDT",
        "BTC-25DEC26",
        "a b",
        "BTC:USD@1",
        "%2E",
        ".a",
    ],
)
def test_symbols_are_only_data(store, symbol):
    try:
        instrument = Instrument("venue", "market", symbol)
    except InvalidInput:
        return
    store.append("trades", instrument, many(0, 3))
    assert store.instruments() == [instrument]
    assert len(content(store, instrument=instrument)) == 3
    assert store.coverage("trades")[0].instrument == instrument


def test_instruments_are_kept_apart(store):
    other = Instrument("binance", "futures", "BTCUSDT")
    store.append("trades", BTC, many(0, 3))
    store.append("trades", other, many(0, 5))
    assert [(c.instrument, c.rows) for c in store.coverage("trades")] == [(other, 5), (BTC, 3)]
    assert store.instruments() == [other, BTC]


def test_bars_sort_by_their_own_order(store):
    rows = [_kline("5m", 5), _kline("1m", 1), _kline("1m", 0), _kline("5m", 0)]
    schema = DATASETS["bar__kline"].arrow_schema
    store.append("bar__kline", BTC, pa.Table.from_pylist(rows, schema=schema))
    held = [(row["interval"], row["open_time"].minute) for row in content(store, "bar__kline")]
    assert held == [("1m", 0), ("1m", 1), ("5m", 0), ("5m", 5)]
    assert store.coverage("bar__kline", BTC)[0].first_sequence is None


def test_meta_days_are_covered_by_their_time(store):
    store.append("imports", BTC, an_import())
    assert [(day.day, day.rows) for day in store.coverage("imports", BTC)] == [(NOW.date(), 1)]


def test_threads_may_write_and_read_at_once(store):
    instruments = [Instrument("v", "m", f"S{number}") for number in range(6)]

    def work(instrument: Instrument) -> None:
        for start in range(0, 40, 10):
            store.append("trades", instrument, many(start, start + 15))
            content(store, instrument=instruments[0])

    with store.session(), ThreadPoolExecutor(7) as pool:
        list(pool.map(work, (*instruments, instruments[0])))
    assert [c.rows for c in store.coverage("trades")] == [45] * 6


def _kline(interval: str, minute: int) -> dict[str, object]:
    one = Decimal(1)
    opened = datetime(2024, 3, 2, 0, minute, tzinfo=UTC)
    return {
        **dict.fromkeys(("open", "high", "low", "close", "volume", "quote_volume", "vwap"), one),
        **dict.fromkeys(("buy_volume", "buy_quote_volume"), one),
        "sell_volume": Decimal(0),
        "interval": interval,
        "open_time": opened,
        "trades": 1,
        "first_trade_id": None,
        "last_trade_id": None,
        "complete": True,
    }
