"""Import into real stores: every row is accounted for, nothing is added twice."""

import csv
import gzip
import itertools
import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import zstandard

from marketdata_platform.core.errors import InvalidInput, MixedGranularity
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.history import open_file
from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.files.import_files import import_file
from marketdata_platform_tests.history.dumps import (
    AGG_HEADER,
    DAY_MS,
    usdm,
    usdm_row,
    with_checksum,
    write,
)

FUTURES = Instrument.parse("binance:futures:BTCUSDT")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["memory", "duckdb"])
def store(request, tmp_path):
    return MemoryStore() if request.param == "memory" else DuckDBStore(tmp_path / "store")


def run(store, path, instrument=FUTURES, **options):
    return import_file(store, open_file(path, instrument, **options), now=lambda: NOW)


def rows(store, dataset="trades", instrument=FUTURES):
    return [row for batch in store.read(dataset, instrument) for row in batch.to_pylist()]


def test_a_dump_is_stored_and_its_summary_accounts_for_every_row(store, tmp_path):
    text = (
        usdm(5)
        + usdm_row(6, price="nan")
        + "\n"
        + usdm_row(5, price="1")
        + "\n"
        + usdm_row(4)
        + "\n"
    )
    path = with_checksum(write(tmp_path / "BTCUSDT-trades-2024-07-18.zip", text))
    result = run(store, path)
    assert (result.rows, result.inserted, result.duplicates, result.conflicts, result.rejected) == (
        7,
        5,
        1,
        1,
        1,
    )
    assert (result.quarantined, result.checksum, result.format) == (2, "ok", "binance-trades")
    assert result.days == {date(2024, 7, 18)}
    assert result.first_time == datetime.fromtimestamp((DAY_MS + 1) / 1000, UTC)
    assert len(rows(store)) == 5
    quarantined = sorted(
        (r["position"], r["source"], r["quarantined_at"]) for r in rows(store, "quarantine")
    )
    assert quarantined[0] == (6, "BTCUSDT-trades-2024-07-18.zip", NOW)
    assert [position for position, *_ in quarantined] == [6, 7]


def test_the_import_is_recorded_with_what_it_covers(store, tmp_path):
    named, unnamed = tmp_path / "BTCUSDT-trades-2024-07-18.csv", tmp_path / "some.csv"
    run(store, write(named, usdm(3)))
    run(store, write(unnamed, usdm(4)))
    by_name = {row["source"]: row for row in rows(store, "imports")}
    day = Window.of_day(date(2024, 7, 18))
    assert (by_name[named.name]["covers_from"], by_name[named.name]["covers_to"]) == (
        day.start,
        day.end,
    )
    first, last = (
        datetime(2024, 7, 18, 0, 0, 0, 1000, UTC),
        datetime(2024, 7, 18, 0, 0, 0, 4001, UTC),
    )
    assert (by_name[unnamed.name]["covers_from"], by_name[unnamed.name]["covers_to"]) == (
        first,
        last,
    )
    assert by_name[unnamed.name]["rows"] == 4 and by_name[unnamed.name]["imported_at"] == NOW


def test_the_same_file_again_an_overlap_and_a_half_add_nothing_twice(store, tmp_path):
    whole = write(tmp_path / "whole.zip", usdm(1000))
    half = write(tmp_path / "half.csv", usdm(1000)[:25_000])
    overlap = write(tmp_path / "overlap.gz", usdm(1000, start=501))
    first = run(store, half)
    assert (first.inserted, first.rejected) == (523, 1)
    assert run(store, whole).inserted == 1000 - 523
    again = run(store, whole)
    assert (again.inserted, again.duplicates) == (0, 1000)
    assert run(store, overlap).inserted == 500
    assert [row["sequence"] for row in rows(store)] == list(range(1, 1501))
    assert len(rows(store, "imports")) == 3


def test_a_file_that_breaks_off_leaves_no_claim_and_is_completed_by_the_whole_one(store, tmp_path):
    path = write(tmp_path / "BTCUSDT-trades-2024-07-18.csv.gz", usdm(60_000))
    whole = path.read_bytes()
    path.write_bytes(whole[:-300])
    with pytest.raises(InvalidInput, match="nothing is added twice"):
        run(store, path, block_bytes=1 << 20)
    assert rows(store, "imports") == []
    path.write_bytes(whole)
    result = run(store, path)
    assert result.inserted + result.duplicates == 60_000 and result.duplicates > 0
    assert len(rows(store)) == 60_000


def test_single_and_aggregate_trades_of_one_instrument_are_kept_apart(store, tmp_path):
    single = write(tmp_path / "single.csv", usdm(3))
    aggregate = write(tmp_path / "agg.csv", f"{AGG_HEADER}\n1,1.5,2,1,3,{DAY_MS},true\n")
    run(store, single)
    with pytest.raises(MixedGranularity, match="binance:futures_agg:BTCUSDT"):
        run(store, aggregate)
    assert len(rows(store, "imports")) == 1
    other = Instrument.parse("binance:futures_agg:BTCUSDT")
    assert run(store, aggregate, other).inserted == 1
    with pytest.raises(
        MixedGranularity, match=r"holds aggregate trades and single\.csv brings single trades"
    ):
        run(store, single, other)


def test_a_file_of_wrong_rows_only_stores_nothing_but_says_so(store, tmp_path):
    path = write(tmp_path / "a.csv", "x,y\n" * 3)
    result = run(store, path, format="frames")
    assert (result.rows, result.rejected, result.covers, result.days) == (0, 3, None, frozenset())
    assert len(rows(store, "quarantine")) == 3
    assert run(store, path, format="frames").rejected == 3
    assert len(rows(store, "quarantine")) == 3


def test_days_are_those_of_exchange_time(store, tmp_path):
    rows_ = "".join(f"{n},1,1,1,{DAY_MS + n * 43_200_000},true\n" for n in range(5))
    assert run(store, write(tmp_path / "a.csv", rows_)).days == {
        date(2024, 7, d) for d in (18, 19, 20)
    }


def test_progress_tells_bytes_and_rows(store, tmp_path):
    path = write(tmp_path / "a.csv", usdm(60_000))
    seen = []
    import_file(
        store, open_file(path, FUTURES, block_bytes=1 << 20), now=lambda: NOW, progress=seen.append
    )
    assert [p.rows for p in seen] == sorted(p.rows for p in seen) and seen[-1].rows == 60_000
    assert {p.bytes_total for p in seen} == {path.stat().st_size} == {seen[-1].bytes_done}


# Real recordings
# ---------------------------------------------------------------------------


@pytest.fixture
def data():
    folder = os.environ.get("MARKETDATA_TEST_DATA")
    if not folder:
        pytest.skip("MARKETDATA_TEST_DATA is not set: no recorded data")
    return Path(folder)


CAPTURES = {
    "usdm/btcusdt_20230404": ("futures:BTCUSDT", 2197, {"markPriceUpdate": 99}),
    "usdm/btcusdt_20230405": ("futures:BTCUSDT", 10738, {"markPriceUpdate": 415}),
    "spot/btcusdt_20230405": ("spot:BTCUSDT", 3144, {"bookTicker": 8015}),
    "usdm/btcusdt_20240718": ("futures:BTCUSDT", 974, {"depthSnapshot": 1}),
    "usdm/btcusdt_20240719": ("futures:BTCUSDT", 9727, {"depthUpdate": 5696}),
    "spot/btcusdt_20240808": ("spot:BTCUSDT", 9757, {"depthSnapshot": 1}),
    "spot/btcusdt_20240809": ("spot:BTCUSDT", 10147, {"depthUpdate": 3044}),
    "cm/btcusd_perp_20240808": ("coin_futures:BTCUSD_PERP", 2286, {"depthUpdate": 26847}),
    "cm/btcusd_perp_20240809": ("coin_futures:BTCUSD_PERP", 2949, {"bookTicker": 29219}),
}
LINES = dict(
    zip(CAPTURES, (13384, 60381, 15088, 11414, 60570, 41249, 58325, 48270, 50116), strict=True)
)


@pytest.mark.parametrize("name", list(CAPTURES))
def test_recorded_captures_give_every_trade_and_count_every_other_frame(data, name):
    market, trades, counts = CAPTURES[name]
    result = run(
        MemoryStore(),
        data / f"hftbacktest-binance-ws/{name}.log.zst",
        Instrument.parse(f"binance:{market}"),
    )
    assert (result.inserted, result.rejected, result.conflicts) == (trades, 0, 0)
    assert counts.items() <= (result.kept | result.not_stored).items()
    assert trades + sum(result.kept.values()) + sum(result.not_stored.values()) == LINES[name]


def test_the_insurance_fund_trade_keeps_the_ids_whole_across_midnight(data):
    store = MemoryStore()
    for day in ("20230405", "20230404"):
        run(store, data / f"hftbacktest-binance-ws/usdm/btcusdt_{day}.log.zst")
    ids = [row["sequence"] for row in rows(store)]
    assert ids == list(range(ids[0], ids[0] + 2197 + 10738))
    assert [row["trade_id"] for row in rows(store) if row["condition"] == "insurance_fund"] == [
        "3535191080"
    ]


def test_trades_land_in_the_day_of_exchange_time_whatever_the_receive_clock_says(data):
    instrument = Instrument.parse("binance:spot:BTCUSDT")
    tables = []
    for order in (("20240808", "20240809"), ("20240809", "20240808", "20240809")):
        store = MemoryStore()
        for day in order:
            run(store, data / f"hftbacktest-binance-ws/spot/btcusdt_{day}.log.zst", instrument)
        tables.append(rows(store, instrument=instrument))
        by_day = {c.day: c.rows for c in store.coverage("trades", instrument)}
    assert tables[0] == tables[1]
    late = [
        r
        for r in tables[0]
        if r["ts_event"].date() == date(2024, 8, 9) and r["ts_recv"].date() == date(2024, 8, 8)
    ]
    assert late and by_day[date(2024, 8, 9)] == sum(
        r["ts_event"].date() == date(2024, 8, 9) for r in tables[0]
    )


def test_the_recorded_bybit_dump_is_stored_oldest_first(data):
    instrument = Instrument.parse("bybit:inverse:BTCUSD")
    store = MemoryStore()
    result = run(store, data / "bybit-public-trades/BTCUSD2019-10-01.00h-16h.csv.zst", instrument)
    assert (result.inserted, result.rejected) == (56_627, 0)
    stored = rows(store, instrument=instrument)
    assert stored[0]["ts_event"] == datetime(2019, 10, 1, 0, 0, 0, 719213, UTC)
    assert stored[-1]["ts_event"] == datetime(2019, 10, 1, 15, 59, 59, 996137, UTC)
    # The dump says of each trade how its price moved against the one before: only the right order
    # agrees with all.
    moves = _tick_directions(data / "bybit-public-trades/BTCUSD2019-10-01.00h-16h.csv.zst")
    assert all(
        _direction(before["price"], after["price"]) == moves[after["trade_id"]]
        for before, after in itertools.pairwise(stored)
    )
    assert sum(a["ts_event"] == b["ts_event"] for a, b in itertools.pairwise(stored)) == 16_490


def _tick_directions(path):
    with zstandard.open(path, "rt") as file:
        return {
            row["trdMatchID"]: row["tickDirection"].replace("ZeroMinus", "Zero")
            for row in csv.DictReader(file)
        }


def _direction(before, after):
    return "ZeroTick" if before == after else "PlusTick" if after > before else "MinusTick"


def test_the_recorded_tardis_hour_is_stored_whole(data):
    store = MemoryStore()
    result = run(store, data / "tardis-binance-futures/BTCUSDT-trades-20200222T00.csv.zst")
    assert (result.inserted, result.rejected, result.days) == (5041, 0, {date(2020, 2, 22)})
    ids = [row["sequence"] for row in rows(store)]
    assert ids == list(range(42_377_944, 42_377_944 + 5041))
    assert all(row["ts_recv"] is not None for row in rows(store))


def test_recorded_aggregate_trades_written_as_a_dump_come_back_exactly(data, tmp_path):
    with gzip.open(data / "freqtrade-testdata/XRP_OLD-trades.json.gz", "rt") as file:
        trades = [trade["info"] for trade in json.load(file)]
    lines = [
        f"{t['a']},{t['p']},{t['q']},{t['f']},{t['l']},{t['T']},{t['m']},{t['M']}" for t in trades
    ]
    instrument, store = Instrument.parse("binance:spot:XRPETH"), MemoryStore()
    result = run(
        store, write(tmp_path / "XRPETH-aggTrades-2019-10.zip", "\n".join(lines)), instrument
    )
    assert (result.inserted, result.rejected) == (12_477, 0)
    stored = {row["sequence"]: row for row in rows(store, instrument=instrument)}
    for trade in trades[::97]:
        row = stored[trade["a"]]
        assert f"{row['price']:.8f}" == trade["p"] and f"{row['quantity']:.8f}" == trade["q"]
        assert (row["first_trade_id"], row["last_trade_id"]) == (trade["f"], trade["l"])
        assert row["side"] == ("sell" if trade["m"] else "buy")
