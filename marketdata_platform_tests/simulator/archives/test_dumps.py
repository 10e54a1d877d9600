"""The simulated exchange's dumps are the exchange's own format, and tell the truth about their
faults.
"""

import hashlib
import io
import time
import zipfile
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from marketdata_platform.core.errors import InvalidInput, UnsupportedFormat
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator import (
    Faults,
    aggregate_trades,
    dump_name,
    preset,
    simulate_day,
    write_dump,
)

DAY = date(2024, 7, 18)
SPOT = Instrument("binance", "spot", "BTCUSDT")
FUTURES = Instrument("binance", "futures", "ETHUSDT")


def day_of(instrument: Instrument, trades: int = 3_000, day: date = DAY) -> pl.DataFrame:
    return simulate_day(preset(instrument, trades_per_day=trades), day)


def csv_of(path) -> str:
    with zipfile.ZipFile(path) as archive:
        (name,) = archive.namelist()
        assert name == path.name.replace(".zip", ".csv")
        return archive.read(name).decode()


def test_a_spot_dump_is_written_as_the_exchange_writes_it(tmp_path):
    trades = day_of(SPOT)
    dump = write_dump(trades, SPOT, DAY, tmp_path)
    assert dump.path.name == "BTCUSDT-trades-2024-07-18.zip"
    lines = csv_of(dump.path).splitlines()
    assert len(lines) == trades.height
    for line, trade in zip(lines, trades.iter_rows(named=True), strict=True):
        number, price, quantity, quote, moment, maker, best = line.split(",")
        assert number == trade["trade_id"]
        assert Decimal(price) == trade["price"]
        assert Decimal(quantity) == trade["quantity"]
        assert Decimal(quote) == trade["price"] * trade["quantity"]
        assert price[-9] == quantity[-9] == quote[-9] == "."
        assert int(moment) == int(trade["ts_event"].timestamp() * 1000 + 0.5)
        assert maker == ("True" if trade["side"] == "sell" else "False")
        assert best == "True"


def test_a_futures_dump_has_a_header_and_short_numbers(tmp_path):
    trades = day_of(FUTURES)
    header, *lines = csv_of(write_dump(trades, FUTURES, DAY, tmp_path).path).splitlines()
    assert header == "id,price,qty,quote_qty,time,is_buyer_maker"
    number, price, quantity, quote, moment, maker = lines[0].split(",")
    assert number == trades["trade_id"][0]
    assert len(price.split(".")[1]) <= 2
    assert len(quantity.split(".")[1]) <= 3
    assert Decimal(quote) == trades["price"][0] * trades["quantity"][0]
    assert len(moment) == 13
    assert maker in ("true", "false")
    makers = {line.rsplit(",", 1)[1] for line in lines}
    assert makers == {"true", "false"}


def test_spot_times_are_microseconds_since_2025(tmp_path):
    before, after = date(2024, 12, 31), date(2025, 1, 1)
    for day, digits in ((before, 13), (after, 16)):
        text = csv_of(write_dump(day_of(SPOT, 50, day), SPOT, day, tmp_path).path)
        assert {len(line.split(",")[4]) for line in text.splitlines()} == {digits}


def test_the_checksum_file_has_the_digest_of_the_zip(tmp_path):
    dump = write_dump(day_of(SPOT), SPOT, DAY, tmp_path)
    digest = hashlib.sha256(dump.path.read_bytes()).hexdigest()
    assert dump.checksum_path.name == "BTCUSDT-trades-2024-07-18.zip.CHECKSUM"
    assert dump.checksum_path.read_bytes() == f"{digest}  BTCUSDT-trades-2024-07-18.zip\n".encode()
    assert dump.truth.checksum_ok


def test_the_same_day_gives_the_same_bytes(tmp_path):
    first = write_dump(day_of(SPOT), SPOT, DAY, tmp_path / "a")
    second = write_dump(day_of(SPOT), SPOT, DAY, tmp_path / "b")
    assert first.path.read_bytes() == second.path.read_bytes()


def test_aggregate_trades_conserve_volume_and_cover_every_trade():
    trades = day_of(SPOT)
    merged = aggregate_trades(trades, 77)
    assert merged.schema == trades.schema
    assert merged.height < trades.height
    assert merged["quantity"].sum() == trades["quantity"].sum()
    assert merged["sequence"].to_list() == list(range(77, 77 + merged.height))
    assert merged["first_trade_id"][0] == trades["sequence"][0]
    assert merged["last_trade_id"][-1] == trades["sequence"][-1]
    assert (merged["first_trade_id"][1:] == merged["last_trade_id"][:-1] + 1).all()
    same = ["ts_event", "price", "side"]
    neighbours = merged.select(pl.all_horizontal(pl.col(c) == pl.col(c).shift() for c in same))
    assert not neighbours.to_series().fill_null(False).any()


@pytest.mark.parametrize("instrument", [SPOT, FUTURES])
def test_an_aggregate_dump_is_written_as_the_exchange_writes_it(tmp_path, instrument):
    merged = aggregate_trades(day_of(instrument))
    dump = write_dump(merged, instrument, DAY, tmp_path)
    assert dump.path.name == dump_name(instrument, DAY, "aggTrades")
    lines = csv_of(dump.path).splitlines()
    if instrument is FUTURES:
        header = lines.pop(0)
        assert header == (
            "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker"
        )
    assert len(lines) == merged.height
    columns = lines[5].split(",")
    assert len(columns) == (8 if instrument is SPOT else 7)
    assert columns[0] == merged["trade_id"][5]
    assert [int(c) for c in columns[3:5]] == [
        merged["first_trade_id"][5],
        merged["last_trade_id"][5],
    ]


def test_missing_trades_are_left_out_and_told(tmp_path):
    trades = day_of(SPOT, 100)
    first = trades["sequence"][0]
    faults = Faults(missing_ids=[first + 3], gaps=[(first + 10, first + 19)])
    dump = write_dump(trades, SPOT, DAY, tmp_path, faults=faults)
    assert dump.truth.lost == (first + 3, *range(first + 10, first + 20))
    assert ids_in(dump.path) == dump.truth.recoverable.to_list()
    assert dump.truth.rows == 89


def test_duplicates_and_shuffling_lose_nothing(tmp_path):
    trades = day_of(SPOT, 400)
    dump = write_dump(trades, SPOT, DAY, tmp_path, faults=Faults(duplicates=25, shuffled=True))
    ids = ids_in(dump.path)
    assert len(ids) == dump.truth.rows == 425
    assert ids != sorted(ids)
    assert sorted(set(ids)) == trades["sequence"].to_list()
    assert (dump.truth.duplicates, dump.truth.lost) == (25, ())
    assert dump.truth.expected(trades).equals(trades)


@pytest.mark.parametrize("instrument", [SPOT, FUTURES])
def test_corrupt_rows_are_where_the_truth_says(tmp_path, instrument):
    trades = day_of(instrument, 300)
    dump = write_dump(trades, instrument, DAY, tmp_path, faults=Faults(corrupt_rows=9))
    with zipfile.ZipFile(dump.path) as archive:
        lines = archive.read(archive.namelist()[0]).splitlines()
    sound = write_dump(trades, instrument, DAY, tmp_path / "sound")
    originals = csv_of(sound.path).encode().splitlines()
    differing = tuple(n for n, (a, b) in enumerate(zip(lines, originals, strict=True), 1) if a != b)
    assert differing == dump.truth.bad_lines
    assert len(dump.truth.lost) == 9
    assert dump.truth.expected(trades).height == 291


def test_a_truncated_dump_ends_in_the_middle_of_a_row(tmp_path):
    trades = day_of(SPOT, 1_000)
    dump = write_dump(trades, SPOT, DAY, tmp_path, faults=Faults(truncated=True, corrupt_rows=10))
    lines = csv_of_bytes(dump.path).split(b"\n")
    assert lines[-1].count(b",") < 6
    assert dump.truth.bad_lines[-1] == len(lines) == dump.truth.rows == 601
    assert dump.truth.checksum_ok
    assert len(dump.truth.recoverable) + len(dump.truth.lost) == 1_000


def test_a_wrong_checksum_and_a_cut_download_do_not_match_their_digest(tmp_path):
    trades = day_of(SPOT, 200)
    for faults, readable in ((Faults(bad_checksum=True), True), (Faults(cut_download=True), False)):
        dump = write_dump(trades, SPOT, DAY, tmp_path, faults=faults)
        digest = dump.checksum_path.read_text().split()[0]
        assert len(digest) == 64
        assert digest != hashlib.sha256(dump.path.read_bytes()).hexdigest()
        assert not dump.truth.checksum_ok
        assert (
            zipfile.is_zipfile(io.BytesIO(dump.path.read_bytes()))
            is readable
            is dump.truth.readable
        )


def test_what_cannot_be_published_is_refused(tmp_path):
    trades = day_of(SPOT, 50)
    with pytest.raises(UnsupportedFormat, match="deribit:option:X"):
        write_dump(trades, Instrument("deribit", "option", "X"), DAY, tmp_path)
    with pytest.raises(InvalidInput, match="one sort only"):
        write_dump(pl.concat([trades, aggregate_trades(trades)]), SPOT, DAY, tmp_path)
    with pytest.raises(InvalidInput, match="60 duplicates"):
        write_dump(trades, SPOT, DAY, tmp_path, faults=Faults(duplicates=60))


@pytest.mark.slow
def test_half_a_million_trades_are_written_in_two_seconds(tmp_path):
    trades = day_of(SPOT, 500_000)
    seconds = []
    for _ in range(3):
        begin = time.process_time()
        write_dump(trades, SPOT, DAY, tmp_path)
        seconds.append(time.process_time() - begin)
    assert min(seconds) < 2


def csv_of_bytes(path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(archive.namelist()[0])


def ids_in(path) -> list[int]:
    return [int(line.split(",", 1)[0]) for line in csv_of(path).splitlines()]
