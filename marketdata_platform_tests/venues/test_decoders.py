"""Small frames of each venue through its decoder: exact columns, refusals with a reason, and
nothing that breaks it.
"""

import json
import resource
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.venues import decoding
from marketdata_platform.venues.binance import BINANCE
from marketdata_platform.venues.decoding import routed
from marketdata_platform_tests.venues.every_frame import GOOD, KEYS
from marketdata_platform_tests.venues.small_frames import NOW_MS, decode, rows


@pytest.mark.parametrize("key", KEYS)
def test_a_trade_of_each_venue_becomes_the_same_row(key):
    (row,) = rows(decode(key, GOOD[key]), "trades")
    assert row["ts_event"] == datetime.fromtimestamp(NOW_MS / 1000, UTC)
    assert row["ts_recv"] == row["ts_event"]
    assert (row["trade_id"], row["price"], row["quantity"], row["side"]) == (
        "7",
        Decimal("1.5"),
        Decimal(2),
        "sell",
    )
    assert row["condition"] is None


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[1]",
        b"null",
        b'"text"',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"topic":"publicTrade.X","ts":1,"type":"x","data":' + b"[" * 100_000,
        b'{"type":"trade","sid":1,"msg":{}}',
        b'{"stream":"b@trade","data":{"e":"trade"}}',
        b"\x00" * 64,
        b'{"jsonrpc":"2.0","method":"subscription","params":{"channel":"trades.X.raw","data":[{"price":1}]}}',
    ],
)
def test_a_bad_frame_is_refused_or_counted_and_its_neighbours_are_kept(key, bad):
    out = decode(key, GOOD[key], bad, GOOD[key])
    assert len(out.of("trades")[0].table) == 2
    assert out.of("trades")[0].frames.tolist() == [0, 2]
    refused = [r for r in out.rejected if r.frame == 1 and r.reason]
    assert (
        len(refused) + sum(n for name, n in out.counts.items() if name.startswith("unknown")) == 1
    )


@pytest.mark.parametrize("key", KEYS)
def test_new_fields_however_deep_are_ignored(key):
    text = json.dumps(GOOD[key], separators=(",", ":"))
    deep = '"brand_new":' + "[" * 200 + "]" * 200
    for spot in (
        text[:-1] + "," + deep + "}",
        text.replace('"T":', deep + ',"T":').replace('"ts_ms":', deep + ',"ts_ms":'),
    ):
        out = decode(key, spot.encode())
        assert (len(rows(out, "trades")), out.rejected) == (1, [])


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("1.123456789", "more than 8 decimals"),
        ("99999999999", "too large"),
        ("abc", "not a number"),
        ("", "is missing"),
    ],
)
def test_a_price_that_does_not_fit_refuses_its_row_alone(key, value, reason):
    quoted = json.dumps(GOOD[key]).replace('"1.5"', f'"{value}"').replace("1.5,", f'"{value}",')
    out = decode(key, quoted.encode(), GOOD[key])
    assert [r.frame for r in out.rejected] == [0]
    assert reason in out.rejected[0].reason and out.rejected[0].dataset == "trades"
    assert len(rows(out, "trades")) == 1


@pytest.mark.parametrize("key", KEYS)
def test_hostile_symbols_are_refused(key):
    symbol = decode(key, GOOD[key]).rows[0].instrument.symbol
    text = json.dumps(GOOD[key]).replace(f'"{symbol}"', '"../../etc"')
    out = decode(key, text.encode())
    assert out.rows == []
    assert "symbol" in out.rejected[0].reason


def test_a_frame_of_fifty_megabytes_is_refused_without_taking_a_multiple_of_it():
    frame = b'{"stream":"btcusdt@trade","data":{"e":"trade","s":"' + b"x" * 50_000_000 + b'"'
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    out = decode("BINANCE", GOOD["BINANCE"], frame, GOOD["BINANCE"])
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert len(rows(out, "trades")) == 2
    assert len(out.rejected[0].reason) < 500
    assert grown < 300_000  # KiB


def test_thousands_of_unknown_types_are_counted_under_a_bounded_number_of_names():
    out = decode(
        "BINANCE", *[{"stream": f"x@new{n}", "data": {"e": f"new{n}"}} for n in range(1_000)]
    )
    assert sum(out.counts.values()) == 1_000
    assert len(out.counts) <= 101


def test_every_batch_has_the_schema_of_its_dataset():
    for key in KEYS:
        for part in decode(key, GOOD[key]).rows:
            assert part.table.schema.equals(part.dataset.arrow_schema)
            assert isinstance(part.table, pa.Table)


def test_routing_takes_the_data_type_first_and_then_the_venue(monkeypatch):
    stated = replace(BINANCE, routing_keys={**BINANCE.routing_keys, "BINANCE:FUNDING": "futures"})
    monkeypatch.setattr(decoding, "all_venues", lambda: {"binance": stated})
    assert [routed(f"BINANCE:{kind}")[1] for kind in ("FUNDING", "TRADES")] == ["futures", "spot"]
    with pytest.raises(
        ConfigurationError, match="nothing is routed for 'KRAKEN:TRADES'; there are BINANCE"
    ):
        routed("KRAKEN:TRADES")
