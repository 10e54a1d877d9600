import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketdata_platform.core.errors import InvalidInstrument
from marketdata_platform.core.instrument import Instrument, symbol_from_path


@pytest.mark.parametrize(
    "symbol",
    ["BTCUSDT", "BTC-261225-100000-C", "币安人生USDT", "CL:BF F1-G1-H1", "XRP/ETH", "0x8ad5"],
)
def test_symbols_are_kept_as_the_venue_writes_them(symbol):
    instrument = Instrument.parse(f"binance:spot:{symbol}")

    assert instrument.symbol == symbol
    assert str(instrument) == f"binance:spot:{symbol}"


@pytest.mark.parametrize(
    "text",
    [
        "BTCUSDT",
        "binance:spot",
        "Binance:spot:X",
        "binance:spot:",
        "binance:spot:..",
        "binance:spot:a..b",
        "binance:spot:a\0b",
        "binance:spot:a\u202eb",
        "binance:spot:אב",
        "binance:spot:a|b",
        "binance:spot:a'b",
        'binance:spot:a"b',
        "binance:spot: a",
        "binance:spot:" + "x" * 10_000,
        "../x:spot:A",
        "binance:sp/ot:A",
        "binance:spot:a\nb",
        "binance:spot:a;b",
        "binance:spot:e\u0301",
    ],
)
def test_hostile_names_are_refused_with_a_short_printable_message(text):
    with pytest.raises(InvalidInstrument) as refused:
        Instrument.parse(text)

    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 300


@given(st.text(min_size=1, max_size=40))
def test_what_is_accepted_is_a_safe_folder_name_that_reads_back(symbol):
    try:
        instrument = Instrument("venue", "market", symbol)
    except InvalidInstrument:
        return

    name = instrument.path_symbol
    assert (
        "/" not in name
        and "\0" not in name
        and name not in (".", "..")
        and not name.startswith(".")
    )
    assert len(name.encode()) <= 200
    assert symbol_from_path(name) == symbol
    assert Instrument.parse(str(instrument)) == instrument
