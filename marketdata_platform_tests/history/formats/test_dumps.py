"""A venue's dumps: the layout by header, lines or market, and what must fit the instrument."""

import re

import pytest

from marketdata_platform.core.errors import UnsupportedFormat
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.history.formats.head import Head
from marketdata_platform.history.formats.known import format_named
from marketdata_platform.history.venue_files import canonical
from marketdata_platform_tests.history.dumps import BYBIT_HEADER, USDM_HEADER, usdm

TRADES, AGGREGATES = format_named("binance-trades"), format_named("binance-aggtrades")
AGGREGATE = "1,2,3,4,5,1721260800000,true"


def layout(format_, text, market="futures"):
    instrument = Instrument("binance", market, "BTCUSDT")
    return format_.layout_for(Head.of(text.encode()), instrument, "a.csv")


@pytest.mark.parametrize(
    ("given", "own"),
    [
        ("um", "futures"),
        ("usdm", "futures"),
        ("cm", "coin_futures"),
        ("delivery", "coin_futures"),
        ("spot", "spot"),
    ],
)
def test_other_names_of_a_market_are_understood(given, own):
    assert canonical(Instrument("binance", given, "BTCUSDT")).market == own


@pytest.mark.parametrize("venue", ["bybit", "deribit", "nowhere"])
def test_names_of_other_venues_are_left_alone(venue):
    assert canonical(Instrument(venue, "um", "BTCUSDT")).market == "um"


def test_a_spot_layout_does_not_fit_futures_but_fits_names_of_ones_own():
    spot = f"1,2,3,6,1721260800000,True,True\n{'2,2,3,6,1721260800000,True,True'}"
    assert layout(TRADES, spot, "spot").name == layout(TRADES, spot, "spot_agg").name
    wanted = (
        "a.csv has the layout of spot trades, which is not of market 'futures': name the "
        "instrument that it is of (spot, futures or coin_futures)"
    )
    with pytest.raises(UnsupportedFormat, match=re.escape(wanted)):
        layout(TRADES, spot)
    coin = USDM_HEADER.replace("quote_qty", "base_qty")
    assert layout(TRADES, coin, "coin_futures").name == "COIN-M futures trades"
    with pytest.raises(UnsupportedFormat, match="not of market 'futures'"):
        layout(TRADES, coin)
    assert layout(TRADES, usdm(1), "coin_futures").name == "USD-M futures trades"


def test_an_empty_file_has_the_layout_of_its_market():
    assert layout(TRADES, "", "spot").name == "spot trades"
    assert layout(TRADES, "", "futures").name == "USD-M futures trades"
    assert layout(AGGREGATES, "", "coin_futures").name == "futures aggTrades"


def test_lines_that_cannot_be_read_have_the_layout_with_as_many_columns():
    assert layout(TRADES, "a,b,c,d,e,f\n").name == "USD-M futures trades"
    with pytest.raises(UnsupportedFormat, match="is not in format binance-trades: its first"):
        layout(TRADES, "a,b,c\n")


def test_a_header_says_more_than_the_name_of_a_format():
    header = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker"
    assert layout(TRADES, f"{header}\n{AGGREGATE}").name == "futures aggTrades"
    assert layout(AGGREGATES, USDM_HEADER).name == "USD-M futures trades"


def test_the_symbol_column_must_hold_the_instruments_symbol():
    instrument = Instrument("bybit", "inverse", "BTCUSD")
    found = format_named("bybit-trades").layout_for(
        Head.of(BYBIT_HEADER.encode()), instrument, "a.csv"
    )
    assert found.expectation(found.names.index("symbol")) == "BTCUSD"
