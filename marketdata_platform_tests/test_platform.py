"""Reading through `Platform`: moments of every kind, several instruments, columns, intervals, lazy
as eager.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import polars as pl
import pytest

import marketdata_platform as md
from marketdata_platform.core.bars import klines
from marketdata_platform.core.bars.intervals import INTERVALS
from marketdata_platform.core.errors import (
    InvalidInput,
    InvalidInstrument,
    InvalidWindow,
    UnknownDataset,
)
from marketdata_platform.core.instrument import Instrument
from marketdata_platform_tests.end_to_end.deployments import FUTURES, day, opened, usdm_rows, walk
from marketdata_platform_tests.history.dumps import write

OTHER = Instrument.parse("binance:futures:ETHUSDT")
NUMBERS = (0, 1, 3)


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    root = tmp_path_factory.mktemp("root")
    made = opened(root)
    for number in NUMBERS:
        path = write(root / f"{number}.csv", usdm_rows(walk(number, 400)))
        for instrument in (FUTURES, OTHER):
            made.import_file(path, instrument, format="binance-trades")
    made.derive(FUTURES, [day(n) for n in NUMBERS], ["bar__kline", "order_flow"])
    return made


SAME_MOMENT = [
    "2024-07-19",
    "2024-07-19T00:00:00Z",
    "2024-07-19 02:00:00+02:00",
    date(2024, 7, 19),
    datetime(2024, 7, 19),
    datetime(2024, 7, 19, tzinfo=UTC),
    datetime(2024, 7, 18, 19, tzinfo=timezone(timedelta(hours=-5))),
]


@pytest.mark.parametrize("start", SAME_MOMENT, ids=str)
def test_a_moment_may_be_text_a_day_or_a_datetime(platform, start):
    rows = platform.read("trades", FUTURES, start, "2024-07-20")
    assert rows["trade_id"].to_list() == [str(i) for i in range(1_000, 1_400)]


def test_windows_are_half_open_and_open_ended(platform):
    at = platform.read("trades", FUTURES)["ts_event"][500]
    before, after = platform.read("trades", FUTURES, None, at), platform.read("trades", FUTURES, at)
    assert (before.height, after.height) == (500, 700)
    assert pl.concat([before, after]).equals(platform.read("trades", FUTURES))


def test_several_instruments_come_with_their_names_in_the_order_given(platform):
    rows = platform.read(
        "trades", [str(OTHER), FUTURES], "2024-07-21", columns=["price", "trade_id"]
    )
    assert rows.columns == ["instrument", "price", "trade_id"]
    assert rows["instrument"].unique(maintain_order=True).to_list() == [str(OTHER), str(FUTURES)]
    assert rows.height == 800
    assert platform.read("trades", [FUTURES]).columns[0] == "instrument"


@pytest.mark.parametrize(
    "query",
    [
        lambda f: f.filter(pl.col("side") == "buy"),
        lambda f: f.filter(pl.col("price") > Decimal("60000")).select("trade_id", "price"),
        lambda f: f.select("quantity").head(3),
        lambda f: f.filter(pl.col("sequence") % 7 == 0).head(5),
        lambda f: f.filter(pl.col("side") == "sell").head(5).select("price"),
        lambda f: f.tail(4),
        lambda f: f.group_by("side").agg(pl.col("quantity").sum()).sort("side"),
        lambda f: f.select(pl.len()),
        lambda f: f.slice(390, 20).select("trade_id"),
    ],
)
def test_lazy_queries_equal_eager_ones(platform, query):
    lazy, eager = platform.scan("trades", FUTURES), platform.read("trades", FUTURES)
    assert isinstance(lazy, pl.LazyFrame)
    assert query(lazy).collect().equals(query(eager))


@pytest.mark.parametrize("interval", INTERVALS)
def test_klines_of_every_interval_are_those_made_from_the_trades(platform, interval):
    found = platform.read("bar__kline", FUTURES, interval=interval)
    made = klines(platform.read("trades", FUTURES), interval)
    numbers = [c for c in made.columns if c != "complete"]
    assert found.height > 0
    assert found.select(numbers).equals(made.select(numbers))
    half = platform.read(
        "bar__kline", FUTURES, "2024-07-18T12:00", "2024-07-19T12:00", interval=interval
    )
    inside = pl.col("open_time").is_between(
        datetime(2024, 7, 18, 12, tzinfo=UTC), datetime(2024, 7, 19, 12, tzinfo=UTC), "left"
    )
    assert half.select(numbers).equals(made.filter(inside).select(numbers))


def test_what_is_wrong_with_an_argument_is_said(platform):
    for error, says, arguments in (
        (UnknownDataset, "no dataset is called 'tradez'", ("tradez", FUTURES)),
        (InvalidInstrument, "must be venue:market:symbol", ("trades", "BTCUSDT")),
        (InvalidWindow, "empty or inverted", ("trades", FUTURES, "2024-07-19", "2024-07-19")),
        (InvalidWindow, "is not ISO 8601", ("trades", FUTURES, "yesterday")),
        (InvalidInput, "no instrument is given", ("trades", [])),
    ):
        with pytest.raises(error, match=says):
            platform.read(*arguments)
    with pytest.raises(InvalidInput, match="no column 'prize'; it has ts_event"):
        platform.read("trades", FUTURES, columns=["prize"])
    with pytest.raises(InvalidInput, match="trades has no interval"):
        platform.read("trades", FUTURES, interval="1m")
    with pytest.raises(InvalidInput, match="no interval is called '7m'"):
        platform.read("bar__kline", FUTURES, interval="7m")


def test_an_instrument_that_is_not_stored_reads_as_no_rows_with_the_right_types(platform):
    empty = platform.read("trades", "binance:spot:NOPE")
    assert empty.is_empty()
    assert empty.schema == platform.read("trades", FUTURES).schema
    assert not (platform.root / "data" / "binance" / "spot").exists()


def test_the_inbox_lands_each_file_once_and_only_for_its_days(tmp_path):
    made = opened(tmp_path)
    folder = made.inbox_of(FUTURES)
    folder.mkdir(parents=True)
    for number in (0, 1):
        write(folder / f"BTCUSDT-trades-{day(number)}.csv", usdm_rows(walk(number)))
    assert [r.inserted for r in made.land_inbox(FUTURES, [day(0)])] == [150]
    assert made.land_inbox(FUTURES, [day(0)]) == []
    assert [r.inserted for r in made.land_inbox(FUTURES, [day(0), day(1)])] == [150]


def test_open_takes_the_root_that_is_given(tmp_path):
    made = md.open(tmp_path / "here")
    assert made.root == (tmp_path / "here").resolve()
    assert made.instruments() == []
