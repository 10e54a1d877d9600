"""The files of a venue that another package adds: recognised, read and told from others' by what
its `FILES` says, with no file of ours changed.
"""

import re
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from marketdata_platform import venues
from marketdata_platform.core.datasets.raw_market import OHLCV
from marketdata_platform.core.errors import ConfigurationError, UnsupportedFormat
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.history import open_file, open_load
from marketdata_platform.history.file_names import claimed_stretch, claimed_symbols
from marketdata_platform.venues.bybit import BYBIT
from marketdata_platform.venues.kit.file_formats import (
    Capture,
    FileFormats,
    TradeDump,
    cut_at_space,
)
from marketdata_platform.venues.kit.layouts import Kind, Layout
from marketdata_platform.venues.kit.tables import TableLayout, as_it_is
from marketdata_platform_tests.history.dumps import BYBIT_HEADER, DAY_MS, USDM_HEADER, usdm, write

COLUMNS = ("trade", "instrument", "when", "cost", "amount", "taker")
LAYOUT = Layout(
    "Newex trades",
    COLUMNS,
    (Kind.TEXT_ID, Kind.EXPECTED, Kind.TIME, Kind.PRICE, Kind.QUANTITY, Kind.SIDE),
)
KLINES = TableLayout(
    name="newex-klines",
    dataset=OHLCV,
    columns={"ts_event": "start", **{n: n for n in ("open", "high", "low", "close", "volume")}},
    headerless=("start", "open", "high", "low", "close", "volume"),
    completed=lambda columns, table: columns | {"interval": ["1m"] * table.num_rows},
)
FILES = FileFormats(
    dumps=(
        TradeDump(
            name="newex-trades",
            file_name=re.compile(
                r"trades_(?P<symbol>[A-Z]+-[A-Z]+)_(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)\."
            ),
            layout_of=lambda fields: LAYOUT if LAYOUT.is_header(fields) else None,
            headerless=(),
            markets={LAYOUT.name: ("spot",)},
        ),
    ),
    captures=(),
    tables=(KLINES,),
    markets=("spot", "perpetual"),
    market_names={"exchange": "spot"},
    others={("level", "bids"): "books"},
)
FUTURES = (Kind.ID, Kind.PRICE, Kind.QUANTITY, Kind.SKIP, Kind.TIME, Kind.MAKER)
SPOT = Instrument("newex", "spot", "BTC-USD")
ROWS = f"{','.join(COLUMNS)}\na-1,BTC-USD,{DAY_MS},64000.5,0.25,sell\n"


@pytest.fixture
def added(monkeypatch):
    """Adds the venue with the `FILES` given, by an entry point of another package."""

    def add(files=FILES, aliases=None, module="newex_files"):
        loaded = ModuleType("newex_files")
        loaded.FILES = files
        loaded.VENUE = replace(BYBIT, name="newex", aliases=aliases or {}, files=module)
        monkeypatch.setitem(sys.modules, "newex_files", loaded)
        point = EntryPoint("newex", "newex_files:VENUE", venues.ENTRY_POINTS)
        monkeypatch.setattr(venues, "entry_points", lambda group: [point])
        venues.all_venues.cache_clear()

    yield add
    monkeypatch.undo()
    venues.all_venues.cache_clear()


def rows(path, instrument, **options):
    batches = open_file(path, instrument, **options).batches()
    return [row for batch in batches for row in batch.rows.to_pylist()]


def test_its_dumps_are_recognised_and_read(added, tmp_path):
    added()
    path = write(tmp_path / "trades_BTC-USD_20240718.csv.gz", ROWS)
    source = open_file(path, Instrument("newex", "exchange", "BTC-USD"))
    assert (source.format, source.instrument) == ("newex-trades", SPOT)
    assert source.covers == Window.of_day(source.covers.start.date())
    (row,) = rows(path, SPOT)
    assert (row["trade_id"], row["price"], row["side"]) == ("a-1", Decimal("64000.5"), "sell")


@pytest.mark.parametrize(
    ("text", "instrument", "message"),
    [
        (ROWS, "newex:perpetual:BTC-USD", "not of market 'perpetual': name the .* of \\(spot\\)"),
        (ROWS, "newex:spot:ETH-USD", "is of symbol 'BTC-USD', not 'ETH-USD'"),
        (ROWS, "binance:spot:BTC-USD", "newex-trades, which is not of venue 'binance'"),
        ("level,bids\n1,2\n", "newex:spot:BTC-USD", "holds books, which cannot be imported"),
        ("hello\n", "newex:spot:BTC-USD", "none of the formats .*newex-trades, tardis-trades"),
    ],
)
def test_what_does_not_fit_is_refused(added, tmp_path, text, instrument, message):
    added()
    with pytest.raises(UnsupportedFormat, match=message):
        open_file(write(tmp_path / "a.csv", text), Instrument.parse(instrument))


def test_its_tables_are_read_with_and_without_a_header(added, tmp_path):
    added()
    row = f"{DAY_MS},1,2,0.5,1.5,10\n"
    for text in (row, f"{','.join(KLINES.headerless)}\n{row}"):
        source = open_load(write(tmp_path / "a.csv", text), instrument=SPOT)
        assert source.format == "table:newex-klines"
        (found,) = next(source.batches()).rows
        assert found.table.column("interval").to_pylist() == ["1m"]


def test_files_that_look_alike_are_of_the_instruments_venue_or_asked_about(added, tmp_path):
    dump = replace(
        FILES.dumps[0],
        headerless=(replace(LAYOUT, names=tuple("abcdef"), kinds=FUTURES),),
        layout_of=lambda fields: (
            Layout("alike", tuple(fields), FUTURES) if USDM_HEADER.split(",") == fields else None
        ),
    )
    added(replace(FILES, dumps=(dump,)))
    for text in (usdm(2), f"{USDM_HEADER}\n{usdm(2)}"):
        path = write(tmp_path / "a.csv", text)
        assert open_file(path, SPOT).format == "newex-trades"
        ours = Instrument("binance", "futures", "BTCUSDT")
        assert open_file(path, ours).format == "binance-trades"
        other = Instrument("nowhere", "spot", "BTCUSDT")
        with pytest.raises(
            UnsupportedFormat, match="looks like binance-trades and newex-trades: say which"
        ):
            open_file(path, other)
        assert len(rows(path, other, format="newex-trades")) == 2


def test_a_file_name_that_may_mean_several_days_claims_none(added):
    monthly = re.compile(r"(?P<symbol>[A-Z]+)-trades-(?P<year>\d{4})-(?P<month>\d\d)(?P<day>)")
    added(replace(FILES, dumps=(replace(FILES.dumps[0], file_name=monthly),)))
    assert claimed_stretch("BTCUSDT-trades-2024-07-18.csv") is None
    assert claimed_stretch("BTCUSDT-trades-2024-07.csv") == Window.of_days(
        date(2024, 7, 1), date(2024, 7, 31)
    )
    assert claimed_symbols("BTCUSDT-trades-2024-07-18.csv") == {"BTCUSDT"}


def test_tables_that_look_alike_are_asked_about(added, tmp_path):
    added(replace(FILES, tables=(KLINES, replace(KLINES, name="others", completed=as_it_is))))
    header = ",".join(KLINES.headerless)
    path = write(tmp_path / "a.csv", f"{header}\n{DAY_MS},1,2,0.5,1.5,10\n")
    with pytest.raises(UnsupportedFormat, match="may have the layouts newex-klines and others"):
        open_load(path, instrument=SPOT)


def test_captures_that_only_its_decoder_reads_are_of_no_other_venue(added, tmp_path):
    capture = Capture(name="newex-frames", begins=re.compile(rb"@"), cut=cut_at_space, sort=None)
    added(replace(FILES, captures=(capture,)))
    path = write(tmp_path / "a.log", "@\n")
    assert open_file(path, SPOT).format == "newex-frames"
    with pytest.raises(UnsupportedFormat, match="frames are all of venue newex, not bybit"):
        open_file(path, Instrument("bybit", "spot", "BTCUSDT"), format="newex-frames")


def test_what_a_vendor_calls_it_is_its_alias(added, tmp_path):
    text = (
        "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n"
        f"nx,BTC-USD,{DAY_MS}000,{DAY_MS}000,1,buy,1,1\n"
    )
    path = write(tmp_path / "a.csv", text)
    added(aliases={"tardis": {"nx": ("spot",)}})
    assert len(rows(path, SPOT)) == 1
    with pytest.raises(UnsupportedFormat, match="'nx', which is newex:spot here, not bybit:spot"):
        open_file(path, Instrument("bybit", "spot", "BTC-USD"))
    added(aliases={"tardis": {"bybit": ("spot",)}})
    with pytest.raises(ConfigurationError, match="venues bybit and newex both claim"):
        open_file(path, SPOT)


@pytest.mark.parametrize(
    ("files", "module", "message"),
    [
        (FILES, "newex_nothing", "newex_nothing cannot be loaded"),
        (None, "newex_files", "must have FILES, a FileFormats"),
        (
            replace(FILES, dumps=(replace(FILES.dumps[0], name="bybit-trades"),)),
            "newex_files",
            "two formats are called 'bybit-trades' \\(venues bybit, newex\\)",
        ),
    ],
)
def test_what_is_wrong_with_its_description_is_said(added, tmp_path, files, module, message):
    added(files, module=module)
    with pytest.raises(ConfigurationError, match=message):
        open_file(write(tmp_path / "a.csv", BYBIT_HEADER), Instrument("bybit", "spot", "BTCUSDT"))
