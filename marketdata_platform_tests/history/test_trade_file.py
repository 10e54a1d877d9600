"""Files recognised, checked against the instrument and their CHECKSUM, and decoded in blocks of any
size.
"""

import array
import os
import zipfile
from datetime import UTC, date, datetime

import pytest

from marketdata_platform.core.errors import (
    ChecksumMismatch,
    InvalidInput,
    UnsafeArchive,
    UnsupportedFormat,
)
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.history import Caps, open_file
from marketdata_platform_tests.history.dumps import (
    AGG_HEADER,
    BYBIT_HEADER,
    DAY_MS,
    TARDIS_HEADER,
    USDM_HEADER,
    bybit_row,
    usdm,
    with_checksum,
    write,
)

SPOT = Instrument.parse("binance:spot:BTCUSDT")
FUTURES = Instrument.parse("binance:futures:BTCUSDT")
COIN = Instrument.parse("binance:coin_futures:BTCUSD_PERP")
BYBIT = Instrument.parse("bybit:inverse:BTCUSD")

SPOT_ROWS = (
    f"1,64943.90,0.1,6494.39,{DAY_MS},True,True\n2,64943.90,0.1,6494.39,{DAY_MS},False,True\n"
)
AGG_ROWS = f"1,64943.90,0.1,10,12,{DAY_MS},true\n2,64943.90,0.1,13,13,{DAY_MS},false\n"
SPOT_AGG_ROWS = "".join(row + ",True\n" for row in AGG_ROWS.splitlines())
TARDIS_ROWS = "".join(
    f"binance-futures,BTCUSDT,{DAY_MS}000,{DAY_MS}001,{n},buy,9682,0.1\n" for n in (1, 2)
)
FRAMES = "".join(
    f'{DAY_MS}000 {{"e":"trade","s":"BTCUSDT","t":{n},"p":"1","q":"1","T":{DAY_MS},"m":true}}\n'
    for n in (1, 2)
)

LAYOUTS = {
    "usdm without header": (usdm(2), FUTURES, "binance-trades"),
    "usdm with header": (f"{USDM_HEADER}\n{usdm(2)}", FUTURES, "binance-trades"),
    "coin-m with header": (
        f"{USDM_HEADER.replace('quote_qty', 'base_qty')}\n{usdm(2)}",
        COIN,
        "binance-trades",
    ),
    "spot": (SPOT_ROWS, SPOT, "binance-trades"),
    "spot in microseconds": (
        SPOT_ROWS.replace(str(DAY_MS), f"{DAY_MS}123"),
        SPOT,
        "binance-trades",
    ),
    "spot with 0 and 1": (
        SPOT_ROWS.replace("True", "1").replace("False", "0"),
        SPOT,
        "binance-trades",
    ),
    "futures aggTrades": (AGG_ROWS, FUTURES, "binance-aggtrades"),
    "futures aggTrades with header": (f"{AGG_HEADER}\n{AGG_ROWS}", COIN, "binance-aggtrades"),
    "futures aggTrades with 0 and 1": (
        AGG_ROWS.replace("true", "1").replace("false", "0"),
        FUTURES,
        "binance-aggtrades",
    ),
    "spot aggTrades": (SPOT_AGG_ROWS, SPOT, "binance-aggtrades"),
    "spot aggTrades with header": (
        f"{AGG_HEADER},is_best_match\n{SPOT_AGG_ROWS}",
        SPOT,
        "binance-aggtrades",
    ),
    "bybit": (
        f"{BYBIT_HEADER}\n{bybit_row('1569945599.5', 1)}\n{bybit_row('1569945598', 2)}\n",
        BYBIT,
        "bybit-trades",
    ),
    "tardis": (f"{TARDIS_HEADER}\n{TARDIS_ROWS}", FUTURES, "tardis-trades"),
    "frames": (FRAMES, SPOT, "frames"),
    "a byte order mark": (f"\ufeff{USDM_HEADER}\n{usdm(2)}", FUTURES, "binance-trades"),
    "no newline at the end": (usdm(2).rstrip("\n"), FUTURES, "binance-trades"),
    "a broken first row": (f"garbage\n{usdm(2)}", FUTURES, "binance-trades"),
}


def decoded(path, instrument, **options):
    return [
        row
        for batch in open_file(path, instrument, **options).batches()
        for row in batch.rows.to_pylist()
    ]


@pytest.mark.parametrize("suffix", [".csv", ".gz", ".zst", ".zip"])
@pytest.mark.parametrize("name", list(LAYOUTS))
def test_every_layout_in_every_container_is_recognised_and_read(tmp_path, name, suffix):
    text, instrument, format_ = LAYOUTS[name]
    path = write(tmp_path / f"a{suffix}", text)
    source = open_file(path, instrument)
    assert (source.format, source.aggregated) == (format_, "agg" in format_)
    rows = decoded(path, instrument)
    assert len(rows) == 2
    assert decoded(path, instrument, format=format_) == rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        (
            "hello\nworld\n",
            "none of the formats binance-trades, binance-aggtrades, bybit-trades, tardis-trades, "
            "frames",
        ),
        ("open_time,open,high\n1,2,3\n", "holds klines"),
        ("exchange,symbol,timestamp,local_timestamp,ask_amount\n", "another type than trades"),
        ("\xff\xfe1\x00,\x00", "none of the formats"),
        (f"{DAY_MS},1.0,1.1,0.9,1.0,55\n", "none of the formats"),
    ],
)
def test_what_cannot_be_imported_is_refused_with_the_formats_that_can(tmp_path, text, message):
    with pytest.raises(UnsupportedFormat, match=message):
        open_file(write(tmp_path / "a.csv", text.encode("latin-1")), FUTURES)


@pytest.mark.parametrize(
    ("text", "instrument", "message"),
    [
        (SPOT_ROWS, FUTURES, "layout of spot trades, which is not of market 'futures'"),
        (usdm(2), SPOT, "not of market 'spot'"),
        (
            f"{USDM_HEADER.replace('quote_qty', 'base_qty')}\n{usdm(2)}",
            FUTURES,
            "not of market 'futures'",
        ),
        (usdm(2), Instrument.parse("bybit:linear:BTCUSDT"), "not of venue 'bybit'"),
        (
            LAYOUTS["bybit"][0],
            Instrument.parse("bybit:inverse:ETHUSD"),
            "is of symbol 'BTCUSD', not 'ETHUSD'",
        ),
        (LAYOUTS["tardis"][0], SPOT, "which is binance:futures here, not binance:spot"),
        (
            LAYOUTS["tardis"][0],
            Instrument.parse("binance:futures:ETHUSDT"),
            "is of symbol 'BTCUSDT', not 'ETHUSDT'",
        ),
        (
            LAYOUTS["tardis"][0],
            Instrument.parse("bybit:linear:BTCUSDT"),
            "which is binance:futures here, not bybit:linear",
        ),
    ],
)
def test_a_file_of_another_market_venue_or_symbol_is_refused(tmp_path, text, instrument, message):
    with pytest.raises(UnsupportedFormat, match=message):
        open_file(write(tmp_path / "a.csv", text), instrument)


def test_a_file_named_after_another_symbol_is_refused(tmp_path):
    with pytest.raises(UnsupportedFormat, match="is of symbol 'ETHUSDT' by its name"):
        open_file(write(tmp_path / "ETHUSDT-trades-2024-07-18.csv", usdm(2)), FUTURES)


def test_tardis_files_of_exchanges_that_are_not_known_are_taken_on_trust(tmp_path):
    text = LAYOUTS["tardis"][0].replace("binance-futures", "huobi-dm-swap")
    assert (
        len(decoded(write(tmp_path / "a.csv", text), Instrument.parse("huobi:swap:BTCUSDT"))) == 2
    )


def test_a_format_that_does_not_exist_or_does_not_fit_is_refused(tmp_path):
    path = write(tmp_path / "a.csv", usdm(2))
    with pytest.raises(
        UnsupportedFormat, match="no format is called 'parquet'; there are: binance-trades"
    ):
        open_file(path, FUTURES, format="parquet")
    for other in ("tardis-trades", "bybit-trades", "binance-aggtrades"):
        with pytest.raises(UnsupportedFormat, match=f"is not in format {other}"):
            open_file(path, FUTURES, format=other)


def test_an_empty_dump_is_a_day_without_trades(tmp_path):
    for text in ("", USDM_HEADER + "\n"):
        path = write(tmp_path / "BTCUSDT-trades-2024-07-18.zip", text)
        assert decoded(path, FUTURES) == []
        assert open_file(path, FUTURES).covers == Window.of_day(date(2024, 7, 18))


@pytest.mark.parametrize(
    ("name", "instrument", "covers"),
    [
        ("BTCUSDT-trades-2024-07-18.csv", FUTURES, Window.of_day(date(2024, 7, 18))),
        (
            "BTCUSDT-trades-2024-02.csv",
            FUTURES,
            Window.of_days(date(2024, 2, 1), date(2024, 2, 29)),
        ),
        (
            "BTCUSDT-trades-2024-12.csv",
            FUTURES,
            Window.of_days(date(2024, 12, 1), date(2024, 12, 31)),
        ),
        ("BTCUSDT-trades-2024-13-45.csv", FUTURES, None),
        ("trades.csv", FUTURES, None),
    ],
)
def test_the_name_of_a_dump_says_what_it_covers(tmp_path, name, instrument, covers):
    assert open_file(write(tmp_path / name, usdm(2)), instrument).covers == covers


def test_bybit_and_tardis_names_say_what_they_cover(tmp_path):
    path = write(tmp_path / "BTCUSD2019-10-01.csv.gz", LAYOUTS["bybit"][0])
    assert open_file(path, BYBIT).covers == Window.of_day(date(2019, 10, 1))
    path = write(
        tmp_path / "binance-futures_trades_2020-02-22_BTCUSDT.csv.gz", LAYOUTS["tardis"][0]
    )
    assert open_file(path, FUTURES).covers == Window.of_day(date(2020, 2, 22))


def test_a_plain_file_that_ends_inside_a_line_does_not_cover_its_day(tmp_path):
    source = open_file(write(tmp_path / "BTCUSDT-trades-2024-07-18.csv", usdm(9)[:-4]), FUTURES)
    assert sum(len(batch.rejected) for batch in source.batches()) == 1
    assert source.covers is None


def test_a_last_row_that_may_have_lost_digits_is_not_believed(tmp_path):
    batches = list(
        open_file(write(tmp_path / "a.csv", LAYOUTS["tardis"][0][:-2]), FUTURES).batches()
    )
    assert [n for batch in batches for n in batch.rows.column("sequence").to_pylist()] == [1]
    assert [(r.position, r.reason) for b in batches for r in b.rejected] == [
        (3, "the file ends inside this line")
    ]


@pytest.mark.parametrize("block_bytes", [64, 1000, 1 << 20, 24 << 20])
def test_blocks_of_any_size_give_the_same_rows_and_lines(tmp_path, block_bytes):
    text = f"{USDM_HEADER}\n{usdm(40_000)}bad row\n{usdm(3, start=40_001)}"
    batches = list(
        open_file(write(tmp_path / "a.zip", text), FUTURES, block_bytes=block_bytes).batches()
    )
    ids = [n for batch in batches for n in batch.rows.column("sequence").to_pylist()]
    assert ids == list(range(1, 40_004))
    positions = [n for batch in batches for n in batch.positions]
    assert positions == [*range(2, 40_002), 40_003, 40_004, 40_005]
    assert [(r.position, r.payload) for batch in batches for r in batch.rejected] == [
        (40_002, "bad row")
    ]
    assert all(isinstance(batch.positions, range | array.array) for batch in batches)


def test_members_of_one_archive_are_read_one_after_the_other(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.csv", usdm(2))
        archive.writestr("2.csv", f"{USDM_HEADER}\n{usdm(2, start=3)}bad\n")
    batches = list(open_file(path, FUTURES).batches())
    assert [(b.source, list(b.positions)) for b in batches] == [
        ("a.zip/1.csv", [1, 2]),
        ("a.zip/2.csv", [2, 3]),
    ]
    assert batches[1].rejected[0].position == 4


def test_members_of_different_kinds_in_one_archive_are_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.csv", usdm(2))
        archive.writestr("2.csv", f"{AGG_HEADER}\n{AGG_ROWS}")
    with pytest.raises(UnsupportedFormat, match="another kind"):
        list(open_file(path, FUTURES).batches())


def test_a_right_checksum_is_confirmed_and_a_missing_one_is_said(tmp_path):
    path = write(tmp_path / "a.zip", usdm(2))
    assert open_file(path, FUTURES).checksum == "missing"
    assert open_file(with_checksum(path), FUTURES).checksum == "ok"


@pytest.mark.parametrize("digest", ["0" * 64, "nonsense"])
def test_a_wrong_checksum_refuses_the_file_unless_it_is_allowed(tmp_path, digest):
    path = with_checksum(write(tmp_path / "a.zip", usdm(2)), digest)
    with pytest.raises(ChecksumMismatch, match="--allow-bad-checksum"):
        open_file(path, FUTURES)
    assert open_file(path, FUTURES, allow_bad_checksum=True).checksum == "bad, allowed"


def test_a_wrong_checksum_is_found_before_the_file_is_looked_into(tmp_path):
    path = with_checksum(write(tmp_path / "a.zip", b"0" * (65 << 20)), "0" * 64)
    with pytest.raises(ChecksumMismatch):
        open_file(path, FUTURES)
    with pytest.raises(UnsafeArchive):
        open_file(path, FUTURES, allow_bad_checksum=True)


def test_a_file_that_breaks_off_is_an_error_after_the_rows_before_it(tmp_path):
    path = write(tmp_path / "a.gz", usdm(200_000))
    path.write_bytes(path.read_bytes()[:-1000])
    rows = 0
    with pytest.raises(InvalidInput, match="damaged or cut off"):
        for batch in open_file(path, FUTURES, block_bytes=1 << 20).batches():
            rows += batch.rows.num_rows
    assert 0 < rows < 200_000


def test_a_file_that_changes_after_its_checksum_was_taken_is_refused(tmp_path):
    path = write(tmp_path / "a.csv", usdm(2))
    source = open_file(path, FUTURES)
    write(path, usdm(3))
    os.utime(path, ns=(1, 1))
    with pytest.raises(InvalidInput, match="changed"):
        list(source.batches())


def test_a_line_without_end_is_refused_before_it_fills_memory(tmp_path):
    path = write(tmp_path / "a.gz", usdm(2) + "1" * (20 << 20))
    with pytest.raises(UnsupportedFormat, match="line longer"):
        list(open_file(path, FUTURES, block_bytes=4 << 20, caps=Caps(max_ratio=10**6)).batches())


def test_leaving_a_file_half_read_ends_its_threads(tmp_path):
    import threading

    path = write(tmp_path / "a.csv", usdm(60_000))
    before = threading.active_count()
    batches = open_file(path, FUTURES, block_bytes=1 << 20).batches()
    assert next(batches).rows.num_rows
    batches.close()
    assert threading.active_count() == before


def test_another_name_of_the_market_is_stored_under_its_own(tmp_path):
    source = open_file(write(tmp_path / "a.csv", usdm(2)), Instrument.parse("binance:um:BTCUSDT"))
    assert source.instrument == FUTURES
    assert next(source.batches()).rows.column("ts_event").to_pylist()[0] == datetime(
        2024, 7, 18, 0, 0, 0, 1000, UTC
    )
