"""Files of any dataset into a store: DBN, tables by declaration, resumed loads."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import databento_dbn as dbn
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from marketdata_platform.core.datasets import DATASETS
from marketdata_platform.core.errors import InvalidInput, MixedGranularity, UnsupportedFormat
from marketdata_platform.core.instrument import Instrument, gatherer_home
from marketdata_platform.history import open_load
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.venues.binance.files import KLINES
from marketdata_platform.workflows.files.load import LOADER, load_file
from marketdata_platform_tests.stores.contract import BTC, many, trade, trades
from marketdata_platform_tests.venues.recordings import recorded

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ES = Instrument("databento", "glbx", "ESH1")
FIRST_NS = 1_609_160_400_098_821_953


@dataclass
class Interval:
    """The days on which an id was a symbol's."""

    start_date: date
    end_date: date
    symbol: str


@dataclass
class Mapping:
    """What Databento's library takes for one symbol's ids."""

    raw_symbol: str
    intervals: list


def loaded(store, path, **options):
    return load_file(store, open_load(path, **options), now=lambda: NOW)


def rows_of(store, dataset, instrument):
    return pa.Table.from_batches(
        store.read(dataset, instrument), DATASETS[dataset].arrow_schema
    ).to_pylist()


def dbn_file(path, schema, records, *, names=True):
    """A DBN file of ESH1 (id 5482), written by Databento's own library."""
    span = {"start_date": date(2020, 12, 28), "end_date": date(2020, 12, 29), "symbol": "5482"}
    metadata = dbn.Metadata(
        dataset="GLBX.MDP3",
        start=FIRST_NS,
        stype_in=dbn.SType.RAW_SYMBOL,
        stype_out=dbn.SType.INSTRUMENT_ID,
        schema=schema,
        symbols=["ESH1"],
        partial=[],
        not_found=[],
        end=None,
        limit=None,
        ts_out=False,
        version=3,
        mappings=[Mapping("ESH1", [Interval(**span)])] if names else [],
    )
    path.write_bytes(bytes(metadata.encode()) + b"".join(bytes(record) for record in records))
    return path


def a_trade(number, price=3_720_250_000_000, size=5, sequence=7, at=FIRST_NS, side="A"):
    return dbn.TradeMsg(
        publisher_id=1,
        instrument_id=5482,
        ts_event=at,
        price=price,
        size=size,
        action=dbn.Action.TRADE,
        side=dbn.Side.from_str(side),
        depth=0,
        ts_recv=at + 330_000 + number,
        sequence=sequence,
    )


def test_trades_of_a_dbn_file_are_exact_and_those_of_one_moment_are_told_apart(tmp_path):
    records = [a_trade(0), a_trade(1, size=2, side="B"), a_trade(2, side="N", at=FIRST_NS + 5_000)]
    store = MemoryStore()
    result = loaded(store, dbn_file(tmp_path / "t.dbn", dbn.Schema.TRADES, records))

    rows = rows_of(store, "trades", ES)
    assert [(r["price"], r["quantity"], r["side"]) for r in rows] == [
        (Decimal("3720.25"), Decimal(5), "sell"),
        (Decimal("3720.25"), Decimal(2), "buy"),
        (Decimal("3720.25"), Decimal(5), "unknown"),
    ]
    assert [r["trade_id"] for r in rows] == [
        f"{FIRST_NS}.7.0000",
        f"{FIRST_NS}.7.0001",
        f"{FIRST_NS + 5_000}.7.0000",
    ]
    assert rows[0]["ts_event"] == datetime(2020, 12, 28, 13, 0, 0, 98821, UTC)
    assert (result.records, result.appended["inserted"], result.format) == (3, 3, "dbn:trades")


def test_a_dbn_file_is_numbered_alike_however_it_is_cut_into_batches(tmp_path):
    records = [a_trade(n, sequence=n // 5) for n in range(23)]
    path = dbn_file(tmp_path / "t.dbn", dbn.Schema.TRADES, records)
    found = []
    for batch_rows in (1, 4, 5, 100):
        store = MemoryStore()
        loaded(store, path, batch_rows=batch_rows)
        found.append(rows_of(store, "trades", ES))
    assert found[0] == found[1] == found[2] == found[3]
    assert len(found[0]) == 23


def test_what_does_not_fit_is_quarantined_with_its_record_and_the_rest_is_loaded(tmp_path):
    records = [a_trade(0), a_trade(1, price=1, sequence=8), a_trade(2, size=0, sequence=9)]
    store = MemoryStore()
    result = loaded(store, dbn_file(tmp_path / "t.dbn", dbn.Schema.TRADES, records))

    assert len(rows_of(store, "trades", ES)) == 1
    assert result.quarantined == 2
    told = rows_of(store, "quarantine", gatherer_home(LOADER)) + rows_of(store, "quarantine", ES)
    assert {(r["position"], r["reason"]) for r in told} == {
        (2, "price 1e-9 has more digits than a price of eight decimals"),
        (3, "quantity is not above zero"),
    }


def test_a_dbn_file_that_names_no_symbol_asks_for_the_instrument(tmp_path):
    path = dbn_file(tmp_path / "t.dbn", dbn.Schema.TRADES, [a_trade(0)], names=False)
    store = MemoryStore()
    assert loaded(store, path).rejected == 1
    (told,) = rows_of(store, "quarantine", gatherer_home(LOADER))
    assert "--instrument" in told["reason"]
    assert loaded(MemoryStore(), path, instrument=BTC).appended["inserted"] == 1


def test_damaged_dbn_files_are_refused_with_what_to_do(tmp_path):
    whole = dbn_file(
        tmp_path / "t.dbn", dbn.Schema.TRADES, [a_trade(n, sequence=n) for n in range(9)]
    ).read_bytes()
    cut, odd, newer = tmp_path / "cut.dbn", tmp_path / "odd.dbn", tmp_path / "new.dbn"
    cut.write_bytes(whole[:-10])
    odd.write_bytes(whole[:-48] + b"\x07" + whole[-47:])
    newer.write_bytes(b"DBN\x09" + whole[4:])
    store = MemoryStore()
    with pytest.raises(InvalidInput, match="ends inside a record"):
        loaded(store, cut)
    with pytest.raises(InvalidInput, match="several kinds"):
        loaded(store, odd)
    with pytest.raises(UnsupportedFormat, match="version 9"):
        loaded(store, newer)


def test_a_load_that_was_killed_goes_on_behind_the_last_whole_batch(tmp_path):
    records = [a_trade(n, sequence=n) for n in range(50)]
    path = dbn_file(tmp_path / "t.dbn", dbn.Schema.TRADES, records)
    store = MemoryStore()
    calls = []

    class Killed(Exception):
        pass

    def die(at):
        calls.append(at)
        if len(calls) == 3:
            raise Killed

    with pytest.raises(Killed):
        load_file(store, open_load(path, batch_rows=10), now=lambda: NOW, progress=die)
    assert len(rows_of(store, "trades", ES)) == 30

    result = loaded(store, path, batch_rows=10)
    assert (result.skipped, result.appended["inserted"], result.appended["duplicates"]) == (
        30,
        20,
        0,
    )
    assert len(rows_of(store, "trades", ES)) == 50
    again = loaded(store, path, batch_rows=10)
    assert (again.skipped, again.appended["inserted"]) == (50, 0)


def test_a_parquet_file_with_our_columns_is_loaded_whatever_dataset_it_is_of(tmp_path):
    table = many(1, 200)
    pq.write_table(table, tmp_path / "own.parquet")
    store = MemoryStore()
    result = loaded(store, tmp_path / "own.parquet", instrument=BTC)
    assert result.format == "table:trades"
    assert rows_of(store, "trades", BTC) == table.to_pylist()


def test_columns_or_folders_name_the_instrument(tmp_path):
    folder = tmp_path / "venue=binance" / "market=spot" / "symbol=BTCUSDT"
    folder.mkdir(parents=True)
    pq.write_table(many(1, 5), folder / "part.parquet")
    store = MemoryStore()
    loaded(store, folder / "part.parquet")
    assert len(rows_of(store, "trades", BTC)) == 4

    named = (
        many(5, 9)
        .append_column("venue", pa.array(["binance"] * 4))
        .append_column("market", pa.array(["spot"] * 4))
    )
    pq.write_table(
        named.append_column("symbol", pa.array(["BTCUSDT", "ETHUSDT"] * 2)),
        tmp_path / "two.parquet",
    )
    loaded(store, tmp_path / "two.parquet")
    assert [
        len(rows_of(store, "trades", i)) for i in store.instruments() if i.venue == "binance"
    ] == [6, 2]

    pq.write_table(many(1, 5), tmp_path / "nameless.parquet")
    with pytest.raises(UnsupportedFormat, match="--instrument"):
        loaded(store, tmp_path / "nameless.parquet")


def test_floats_and_texts_are_taken_as_the_decimals_that_were_meant(tmp_path):
    (tmp_path / "f.csv").write_text(
        "ts_event,trade_id,price,quantity,side\n"
        "1700000000000,1,0.1,1e-8,buy\n"
        "2023-11-14T22:13:21.5Z,2,63930.40,0.00000001,sell\n"
        "1700000002000,3,0.123456789,1,buy\n"
    )  # the second time is text: the column is read as text throughout
    store = MemoryStore()
    result = loaded(store, tmp_path / "f.csv", instrument=BTC, dataset="trades")
    assert result.rejected >= 1
    frame = pl.DataFrame(
        {
            "ts_event": [1_700_000_000_000],
            "trade_id": ["9"],
            "price": [0.1],
            "quantity": [0.3],
            "side": ["buy"],
        }
    )
    frame.write_parquet(tmp_path / "f.parquet")
    loaded(store, tmp_path / "f.parquet", instrument=BTC)
    prices = {r["trade_id"]: (r["price"], r["quantity"]) for r in rows_of(store, "trades", BTC)}
    assert prices["9"] == (Decimal("0.1"), Decimal("0.3"))
    assert prices["2"] == (Decimal("63930.4"), Decimal("0.00000001"))
    assert "3" not in prices


def test_klines_of_binance_become_ohlcv_with_and_without_a_header(tmp_path):
    prices = "28148.40,28153.00,28140.50,28153.00,116.887"
    line = f"1680652680000,{prices},1680652739999,3289890.24670,1277,62.682,1764263.04840,0\n"
    header = ",".join(KLINES.headerless) + "\n"
    for name, text in (("with.csv", header + line), ("without.csv", line)):
        (tmp_path / name).write_text(text)
        store = MemoryStore()
        assert loaded(store, tmp_path / name, instrument=BTC).format == "table:binance-klines"
        (row,) = rows_of(store, "ohlcv", BTC)
        assert (row["interval"], row["close"], row["trades"]) == ("1m", Decimal(28153), 1277)
        assert row["quote_volume"] == Decimal("3289890.24670")


def test_quotes_of_tardis_get_spread_middle_and_imbalance(tmp_path):
    (tmp_path / "q.csv").write_text(
        "exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount\n"
        "binance,BTCUSDT,1700000000000000,1700000000000900,1.5,100.2,100.1,0.5\n"
    )
    store = MemoryStore()
    loaded(store, tmp_path / "q.csv", instrument=BTC)
    (row,) = rows_of(store, "quotes", BTC)
    assert (row["spread"], row["mid"], row["imbalance"]) == (
        Decimal("0.1"),
        Decimal("100.15"),
        Decimal("-0.5"),
    )


def test_what_is_no_table_of_ours_is_refused_with_what_is_known(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty.csv").write_text("a,b\n")
    with pytest.raises(UnsupportedFormat, match="those of no dataset"):
        open_load(tmp_path / "x.csv", instrument=BTC)
    with pytest.raises(UnsupportedFormat, match="lacks the columns"):
        open_load(tmp_path / "x.csv", instrument=BTC, dataset="trades")
    with pytest.raises(UnsupportedFormat, match="no record"):
        open_load(tmp_path / "empty.csv", instrument=BTC)


def test_aggregate_trades_do_not_join_single_ones(tmp_path):
    pq.write_table(trades(trade(1, first_trade_id=1, last_trade_id=4)), tmp_path / "agg.parquet")
    store = MemoryStore()
    store.append("trades", BTC, many(10, 12))
    with pytest.raises(MixedGranularity):
        loaded(store, tmp_path / "agg.parquet", instrument=BTC)


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
@pytest.mark.parametrize(
    "schema", ["trades", "tbbo", "mbp-1", "bbo-1m", "ohlcv-1m", "definition", "statistics"]
)
def test_recorded_dbn_of_every_version_gives_equal_rows(schema, version):
    path = recorded(f"databento/dbn-repo/test_data.{schema}.{version}.dbn.zst")
    if not path.exists():
        pytest.skip(f"there is no {path.name}")
    reference = recorded(f"databento/dbn-repo/test_data.{schema}.v3.dbn.zst")
    of_version, newest = MemoryStore(), MemoryStore()
    instrument = ES if schema == "statistics" else None
    assert loaded(of_version, path, instrument=instrument).rejected == 0
    loaded(newest, reference, instrument=instrument)
    for one in newest.instruments():
        for dataset in ("trades", "quotes", "ohlcv", "statistics"):
            assert rows_of(of_version, dataset, one) == rows_of(newest, dataset, one)
        named = [
            (r["event_id"][:6], r["kind"], json.loads(r["details"])["raw_symbol"])
            for r in rows_of(of_version, "instruments", one)
        ]
        assert len(named) == len(rows_of(newest, "instruments", one))
