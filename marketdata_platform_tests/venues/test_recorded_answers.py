"""Every recorded REST answer goes through `decode_answers`, as gatherers and repairs journal
them.
"""

import json
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import numpy as np
import polars as pl
import pytest
import zstandard

from marketdata_platform.core.dedup import ROW, check, repeated_keys
from marketdata_platform.venues import VENUES, venue_named
from marketdata_platform.venues.decoding import decode_answers
from marketdata_platform.venues.kit.streams import Stream
from marketdata_platform_tests.venues.recordings import json_capture, lines, recorded

ROUTES = {(v.name, m): routes for v in VENUES for m, routes in v.rest.routes.items()}

NOW = 1_786_310_820_000_000
CRYPTOFEED = "cryptofeed-captures/"


def asked(venue, market, url):
    """The stream of an answer, by the address it was asked at."""
    split = urlsplit(url)
    path = split.path.replace("/api/v1/", "/api/v3/") if venue == "binance" else split.path
    path = path.removeprefix("/api/v2")
    route = next(
        name for name, route in ROUTES[venue, market].by_name.items() if route.path == path
    )
    symbol = parse_qs(split.query).get("symbol", [""])[0]
    return Stream.answer(venue, market, route, symbol)


def sound(out):
    for part in out.rows:
        good, refused = check(part.dataset, pl.from_arrow(part.table).with_row_index(ROW))
        assert refused == []
        assert not repeated_keys(part.dataset, good), part.dataset.name
    return Counter(
        {
            name: sum(r.table.num_rows for r in out.of(name))
            for name in {r.dataset.name for r in out.rows}
        }
    )


@pytest.mark.parametrize(
    ("name", "venue", "market", "books", "instruments"),
    [
        ("BINANCE", "binance", "spot", 4, 1_695),
        ("BINANCE_FUTURES", "binance", "futures", 4, 122),
        ("BINANCE_DELIVERY", "binance", "coin_futures", 10, 36),
        ("DERIBIT", "deribit", "any", 0, 1_017),
        ("BYBIT.linear", "bybit", "linear", 0, 1_356),
    ],
)
def test_the_answers_at_the_beginning_of_captures_are_read(name, venue, market, books, instruments):
    seen = Counter()
    for when, body, url in json_capture(f"{CRYPTOFEED}{name}.jsonl.zst", "http"):
        of = "spot" if "category=spot" in url else market
        stream = asked(venue, of, url)
        out = decode_answers(stream, [body], [round(when * 1_000_000)])
        assert all("more than 12 decimals" in refused.reason for refused in out.rejected)
        rows = sound(out)
        assert rows, url
        seen[stream.route] += 1
        seen["rows"] += rows["instruments"]
        if stream.route == "depth":
            assert {part.instrument.symbol for part in out.rows} == {stream.symbol}
    assert (seen["depth"], seen["rows"]) == (books, instruments)


@pytest.mark.parametrize(
    ("name", "market", "books"),
    [("BINANCE-b38f7c.0", "spot", 10), ("BINANCE_FUTURES-1125a2.0", "futures", 5)],
)
def test_the_books_of_old_captures_are_read_and_join_their_streams(name, market, books):
    found = 0
    for line in lines(f"{CRYPTOFEED}old/{name}.zst"):
        url, arrow, rest = line.partition(b" -> ")
        if not arrow or not url.startswith(b"https://") or b"/depth?" not in url:
            continue
        when, _, body = rest.partition(b": ")
        out = decode_answers(
            asked("binance", market, url.decode()), [body], [round(float(when) * 1_000_000)]
        )
        assert out.rejected == []
        assert sound(out)["book_snapshots"] > 100
        found += 1
    assert found == books


def test_recorded_answers_of_binance_are_read_by_their_routes():
    with zstandard.open(recorded("binance-rest-recorded/binance_http_mock.json.zst"), "rb") as file:
        routes = json.load(file)["routes"]
    bases = {
        "/api/v3/": "spot",
        "/fapi/v1/": "futures",
        "/dapi/v1/": "coin_futures",
        "/futures/data/": "futures",
    }
    seen, unread = Counter(), Counter()
    for path, methods in routes.items():
        base = next((b for b in bases if path.startswith(b)), None)
        route = path.removeprefix(base or "")
        if base is None or route not in ROUTES["binance", bases[base]].by_name:
            continue
        for one in methods["GET"]:
            query = parse_qs(one["queryString"])
            symbol = query.get("symbol", [""])[0]
            pair = (
                "pair" in query
            )  # of coin futures, whose open interest of the past is not asked for
            body = json.dumps(one["data"]).encode()
            if one["data"] is None or pair:
                continue
            if route == "time":
                assert (
                    venue_named("binance").rest.server_time.read(body)
                    == one["data"]["serverTime"] * 1_000
                )
            out = decode_answers(
                Stream.answer("binance", bases[base], route, symbol), [body], [NOW]
            )
            sound(out)
            told = {"code", "msg"} <= set(one["data"]) if isinstance(one["data"], dict) else False
            seen[route] += not out.rejected
            unread[route] += bool(out.rejected)
            reasons = {r.reason.split(":")[0] for r in out.rejected}
            assert told or all("missing required field `m`" in r.reason for r in out.rejected), (
                path,
                reasons,
            )
    assert set(seen) >= {
        "time",
        "depth",
        "trades",
        "historicalTrades",
        "aggTrades",
        "openInterest",
        "openInterestHist",
    }
    assert seen.total() > 40 > unread.total()


@pytest.mark.parametrize("day", ["20250219", "20250313"])
def test_recorded_lists_of_kalshi_events_become_instruments(day):
    with zstandard.open(recorded(f"kalshi-rest/open_events/events_{day}.json.zst"), "rb") as file:
        body = file.read()
    out = decode_answers(Stream.answer("kalshi", "event", "events"), [body], [NOW])
    assert out.rejected == []
    assert sound(out)["instruments"] == len(json.loads(body)["events"])


def test_books_of_kalshi_in_whole_cents_are_refused_and_markets_of_the_old_sdk_too():
    """Of July 2024, by the old SDK: its names have a leading underscore, so these are no answers of
    a route.
    """
    with zstandard.open(recorded("kalshi-rest/2024-07/orderbook_data.json.zst"), "rb") as file:
        books = json.load(file)
    bodies = [
        json.dumps(
            {"orderbook": {name.lstrip("_"): levels for name, levels in book.items()}}
        ).encode()
        for entry in books[:200]
        for book in entry.values()
    ]
    out = decode_answers(
        Stream.answer("kalshi", "event", "orderbook", "X-1"), bodies, np.full(len(bodies), NOW)
    )
    assert {r.reason for r in out.rejected} == {
        "orderbook answer has levels in whole cents only: they are not read"
    }
    assert all(part.table["side"].to_pylist() == ["none"] for part in out.rows), (
        "empty books are books"
    )
    with zstandard.open(recorded("kalshi-rest/2024-07/market_data.json.zst"), "rb") as file:
        out = decode_answers(Stream.answer("kalshi", "event", "markets"), [file.read()], [NOW])
    assert (out.rows, len(out.rejected)) == ([], 1)


NAUTILUS = {
    "deribit": {
        "http_get_instruments": "instruments",
        "http_get_instruments_future_combo": "instruments",
        "http_get_instruments_option_combo": "instruments",
        "http_get_last_trades": "trades",
        "http_get_last_trades_future_combo": "trades",
        "http_get_last_trades_historical_combo": "tradesByTime",
        "http_get_last_trades_option_combo": "trades",
        "http_get_last_trades_perpetual_with_combo_tags": "trades",
        "http_get_order_book": "orderbook",
        "http_get_time": "time",
    },
    "bybit": {
        "http_get_funding_history": "funding",
        "http_get_instruments_inverse": "instruments",
        "http_get_instruments_linear": "instruments",
        "http_get_instruments_option": "instruments",
        "http_get_instruments_spot": "instruments",
        "http_get_instruments_spot_xstocks": "instruments",
        "http_get_orderbook": "orderbook",
        "http_get_trades_recent": "trades",
    },
}


@pytest.mark.parametrize(
    ("venue", "name"), [(v, name) for v, names in NAUTILUS.items() for name in names]
)
def test_example_answers_of_deribit_and_bybit_are_read(venue, name):
    body = (recorded("nautilus-fixtures") / venue / "test_data" / f"{name}.json").read_bytes()
    market = {
        "deribit": "any",
        "bybit": "inverse" if "inverse" in name else "spot" if "spot" in name else "linear",
    }
    out = decode_answers(Stream.answer(venue, market[venue], NAUTILUS[venue][name]), [body], [NOW])
    assert out.rejected == []
    assert sound(out) or name.endswith("_time")
    if name.endswith("_time"):
        assert venue_named(venue).rest.server_time.read(body) == json.loads(body)["result"] * 1_000


@pytest.mark.parametrize(
    ("name", "route"),
    [
        ("depth_response", "depth"),
        ("trades_response", "trades"),
        ("exchange_info_response", "exchangeInfo"),
    ],
)
def test_example_answers_of_binance_are_read(name, route):
    body = (
        recorded("nautilus-fixtures") / "binance/test_data/spot/http_json" / f"{name}.json"
    ).read_bytes()
    out = decode_answers(Stream.answer("binance", "spot", route, "BTCUSDT"), [body], [NOW])
    assert out.rejected == []
    assert sound(out) or route == "exchangeInfo"
