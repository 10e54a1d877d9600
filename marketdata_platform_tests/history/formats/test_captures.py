"""Captures: trades of the instrument are kept, all else is counted by name, nothing is lost
silently.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from marketdata_platform.history.formats.captures import sorted_lines
from marketdata_platform.venues.binance.files import FILES

TRADE = {
    "e": "trade",
    "E": 2,
    "T": 1680652800123,
    "s": "BTCUSDT",
    "t": 7,
    "p": "28145.10",
    "q": "0.002",
    "m": True,
}


def line(received="1680652700441533", **changes):
    data = {k: v for k, v in (TRADE | changes).items() if v is not None}
    return f"{received} {json.dumps({'stream': 'btcusdt@trade', 'data': data})}\n"


def parse(text, first_line=1):
    data = text if isinstance(text, bytes) else text.encode()
    return sorted_lines(data, FILES.captures[0], "BTCUSDT", first_line)


@pytest.mark.parametrize("received", ["1680652700441533", "1680652700441533999"])
def test_a_trade_is_kept_with_its_receive_time_cut_to_microseconds(received):
    (row,) = parse(line(received, X="MARKET")).trades.table().to_pylist()
    assert row == {
        "ts_event": datetime(2023, 4, 5, 0, 0, 0, 123000, UTC),
        "ts_recv": datetime(2023, 4, 4, 23, 58, 20, 441533, UTC),
        "trade_id": "7",
        "sequence": 7,
        "price": Decimal("28145.1"),
        "quantity": Decimal("0.002"),
        "side": "sell",
        "condition": None,
        "first_trade_id": None,
        "last_trade_id": None,
    }


def test_receive_times_may_be_milliseconds():
    assert (
        parse(line("1680652700441")).trades.table().column("ts_recv").to_pylist()[0].microsecond
        == 441_000
    )


def test_a_trade_that_is_not_at_the_market_keeps_its_mark():
    table = parse(
        line(X="INSURANCE_FUND") + line(X="MARKET", t=8) + line(t=9, m=False)
    ).trades.table()
    assert table.column("condition").to_pylist() == ["insurance_fund", None, None]
    assert table.column("side").to_pylist() == ["sell", "sell", "buy"]


def test_everything_else_is_counted_by_name():
    ticker = (
        '{"stream":"btcusdt@bookTicker","data":{"u":1,"s":"BTCUSDT","b":"1","B":"1","a":"2",'
        '"A":"1"}}'
    )
    lines = [
        line(),
        f"1680652700441533 {ticker}\n",
        f"1680652700441533 {ticker}\n",
        line(s="ETHUSDT"),
        f"1680652700441533 {ticker.replace('BTCUSDT', 'ETHUSDT')}\n",
        '1680652700441533 {"lastUpdateId":1,"bids":[],"asks":[]}\n',
        '1680652700441533 {"e":"24hrTicker","s":"BTCUSDT"}\n',
        "\n",
    ]
    parsed = parse("".join(lines))
    assert (parsed.trades.table().num_rows, parsed.rejected, parsed.line_count) == (1, [], 8)
    assert dict(parsed.not_stored) == {"other symbol ETHUSDT": 2, "unknown type 24hrTicker": 1}
    assert dict(parsed.kept) == {"bookTicker": 2, "depthSnapshot": 1}
    assert (len(parsed.streamed.frames), parsed.answers["depth"].lines) == (2, [6])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (line("yesterday"), "receive time 'yesterday' is not a whole number"),
        (line("168065270044"[:9]), "receive time 168065270 is not in ms, µs or ns since 1970"),
        (line(p="nan"), "price 'nan' is not a number"),
        (line(q="0"), "quantity '0' is not above zero"),
        (line(p="1.123456789"), "has more than 8 decimals"),
        (line(T=5), "trade time 5 is not in ms"),
        (line(t=-1), "trade id -1 is not"),
        (line(p=None), "missing required field `p`"),
        (line()[:60] + "\n", "not JSON"),
        ("1680652700441533\n", "not JSON"),
    ],
)
def test_a_wrong_frame_is_refused_with_its_line_and_its_neighbours_are_kept(text, reason):
    parsed = parse(line(t=1) + text + line(t=3), first_line=11)
    assert (parsed.trades.ids, parsed.trades.lines) == ([1, 3], [11, 13])
    (rejected,) = parsed.rejected
    assert (
        rejected.position == 12 and reason in rejected.reason and rejected.payload == text.strip()
    )


def test_a_capture_that_names_a_thousand_types_is_counted_in_bounded_memory():
    parsed = parse("".join(f'1680652700441533 {{"e":"x{n}"}}\n' for n in range(1000)))
    assert len(parsed.not_stored) == 101
    assert sum(parsed.not_stored.values()) == 1000
