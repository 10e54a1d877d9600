"""REST answers, recorded and our own: books, open interest, funding, trades and lists of
instruments.
"""

import base64
import json
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
import zstandard

from marketdata_platform.core.dedup import ROW, check, repeated_keys
from marketdata_platform.venues.binance.rest import decode_rest
from marketdata_platform.venues.decoding import decode_answers
from marketdata_platform.venues.kalshi import names as kalshi
from marketdata_platform.venues.kalshi.signing import handshake_headers
from marketdata_platform.venues.kit.streams import Stream
from marketdata_platform_tests.venues.recordings import json_capture, recorded


def deribit_instruments(bodies, received_us):
    return decode_answers(Stream.answer("deribit", "any", "instruments"), bodies, received_us)


def bybit_instruments(market, bodies, received_us):
    return decode_answers(Stream.answer("bybit", market, "instruments"), bodies, received_us)


NOW = 1_786_310_820_000_000
BASES = {"/api/v3/": "spot", "/fapi/v1/": "futures", "/dapi/v1/": "coin_futures"}


def rows(out, dataset):
    return [row for part in out.of(dataset) for row in part.table.to_pylist()]


def require_sound(out):
    for part in out.rows:
        good, refused = check(part.dataset, pl.from_arrow(part.table).with_row_index(ROW))
        assert refused == []
        assert not repeated_keys(part.dataset, good)


def recorded_answers():
    with zstandard.open(recorded("binance-rest-recorded/binance_http_mock.json.zst"), "rb") as file:
        routes = json.load(file)["routes"]
    for path, methods in routes.items():
        for asked in methods["GET"]:
            query = dict(pair.split("=") for pair in asked["queryString"].split("&") if "=" in pair)
            yield path, query.get("symbol", ""), json.dumps(asked["data"]).encode()


def test_recorded_answers_of_binance_are_decoded_or_refused_with_what_they_say():
    found: dict[str, int] = {}
    for path, symbol, body in recorded_answers():
        base = next((b for b in BASES if path.startswith(b)), "")
        route = path.removeprefix(base)
        route = {"historicalTrades": "trades"}.get(route, route)
        if not base or route not in (
            "depth",
            "trades",
            "aggTrades",
            "openInterest",
            "fundingRate",
            "premiumIndex",
            "exchangeInfo",
        ):
            continue
        out = decode_rest(BASES[base], route, [body], [NOW], symbol=symbol or "BTCUSDT")
        require_sound(out)
        if b'"code"' in body[:12]:
            assert out.rows == [] and out.rejected
        elif body not in (b"null", b"[]"):
            # The recorder left `m` out of some entries: those answers are refused, not guessed.
            assert all("missing required field `m`" in r.reason for r in out.rejected), path
            for part in out.rows:
                found[part.dataset.name] = found.get(part.dataset.name, 0) + part.table.num_rows
    assert set(found) == {
        "trades",
        "book_snapshots",
        "open_interest",
        "funding_rates",
        "index_prices",
        "instruments",
    }
    assert found["trades"] > 1_000


def test_recorded_lists_of_instruments_are_read_whole():
    path = "cryptofeed-captures/{}.jsonl.zst"
    answers = {
        n: json_capture(path.format(n), "http")
        for n in ("BINANCE_FUTURES", "DERIBIT", "BYBIT.linear")
    }
    (futures,) = [body for _, body, url in answers["BINANCE_FUTURES"] if "exchangeInfo" in url]
    out = decode_rest("futures", "exchangeInfo", [futures], [NOW])
    assert len(rows(out, "instruments")) == len(json.loads(futures)["symbols"])
    bodies = [body for _, body, _ in answers["DERIBIT"]]
    out = deribit_instruments(bodies, [NOW] * len(bodies))
    require_sound(out)
    assert out.rejected == []
    assert len(rows(out, "instruments")) == sum(len(json.loads(body)["result"]) for body in bodies)
    option = next(
        r
        for p in out.rows
        if p.instrument.symbol == "BTC-24SEP21-40000-P"
        for r in p.table.to_pylist()
    )
    assert (option["kind"], option["option_type"], option["strike"]) == (
        "option",
        "put",
        Decimal(40000),
    )
    assert option["tick_size"] == Decimal("0.0005")
    for _, body, url in answers["BYBIT.linear"]:
        market = "spot" if "category=spot" in url else "linear"
        out = bybit_instruments(market, [body], [NOW])
        require_sound(out)
        listed = len(json.loads(body)["result"]["list"])
        assert len(rows(out, "instruments")) + len(out.rejected) == listed
        assert all("has more than 12 decimals" in r.reason for r in out.rejected)


def test_recorded_kalshi_events_and_markets_become_instruments():
    folder = recorded("kalshi-gold15m-ws/metadata")
    bodies = [
        json.dumps(json.loads(p.read_bytes())["response"]).encode()
        for p in sorted(folder.glob("*.json"))
    ]
    out = kalshi.decode_rest(bodies, [NOW] * len(bodies))
    require_sound(out)
    assert out.rejected == []
    kinds = [row["kind"] for row in rows(out, "instruments")]
    assert kinds.count("event") == len(bodies) == kinds.count("market")
    market = next(
        r
        for p in out.rows
        if p.instrument.symbol == "KXGOLD15M-26AUG050000-00"
        for r in p.table.to_pylist()
    )
    assert (
        market["parent"],
        market["strike"],
        market["tick_size"],
        market["status"],
        market["result"],
    ) == (
        "KXGOLD15M-26AUG050000",
        Decimal("4128.56"),
        Decimal("0.01"),
        "finalized",
        "no",
    )
    assert market["expires_at"] == datetime(2026, 8, 5, 4, tzinfo=UTC)
    with zstandard.open(recorded("kalshi-rest/open_events/events_20250313.json.zst"), "rb") as file:
        listed = kalshi.decode_rest([file.read()], [NOW])
    assert len(rows(listed, "instruments")) == 908
    assert listed.rejected == []


def test_a_book_answer_is_a_snapshot_of_the_symbol_that_was_asked_for():
    body = b'{"lastUpdateId":7,"bids":[["1.5","2"]],"asks":[]}'
    out = decode_rest("spot", "depth", [body], [NOW], symbol="BTCUSDT")
    (row,) = rows(out, "book_snapshots")
    assert (row["event_id"], row["update_id"], row["side"], row["price"]) == (
        "7",
        7,
        "bid",
        Decimal("1.5"),
    )
    assert row["ts_event"] == row["ts_recv"]
    assert str(out.rows[0].instrument) == "binance:spot:BTCUSDT"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>429</html>", b'{"code":-1121,"msg":"Invalid symbol."}', b"[" * 100_000, b"7"],
)
@pytest.mark.parametrize(
    "route", ["depth", "trades", "aggTrades", "openInterest", "fundingRate", "exchangeInfo"]
)
def test_an_answer_that_is_none_is_refused(route, body):
    out = decode_rest("futures", route, [body], [NOW], symbol="BTCUSDT")
    assert (out.rows, len(out.rejected)) == ([], 1)


@pytest.mark.parametrize("body", [b"", b"[1]", b'{"result":7}', b"{" * 100_000])
def test_a_list_that_is_none_is_refused(body):
    for out in (
        deribit_instruments([body], [NOW]),
        bybit_instruments("spot", [body], [NOW]),
        kalshi.decode_rest([body], [NOW]),
    ):
        assert (out.rows, len(out.rejected)) == ([], 1)


def test_an_instrument_seen_twice_in_an_hour_is_one_row_and_a_change_is_another():
    entry = {"symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC"}
    bodies = [
        json.dumps({"symbols": [e]}).encode()
        for e in (entry, dict(reversed(entry.items())), entry | {"status": "BREAK"})
    ]
    out = decode_rest("spot", "exchangeInfo", bodies, np.array([NOW, NOW + 9, NOW + 10]))
    names = [row["event_id"] for row in rows(out, "instruments")]
    assert names[0] == names[1] != names[2]
    assert [row["status"] for row in rows(out, "instruments")] == ["trading", "trading", "break"]


def test_the_kalshi_handshake_signs_time_method_and_path_and_never_shows_the_key():
    signed = []

    def sign(message):
        signed.append(message)
        return b"signature"

    headers = handshake_headers(
        "wss://api.elections.kalshi.com/trade-api/ws/v2?x=1", "key-id", sign, 1_700_000_000_000
    )
    assert signed == [b"1700000000000GET/trade-api/ws/v2"]
    assert headers == {
        "KALSHI-ACCESS-KEY": "key-id",
        "KALSHI-ACCESS-TIMESTAMP": "1700000000000",
        "KALSHI-ACCESS-SIGNATURE": base64.b64encode(b"signature").decode(),
    }
