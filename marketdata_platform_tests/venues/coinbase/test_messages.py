"""What Coinbase's messages become: exact times and sizes, the taker's side, levels in their
order.
"""

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues.coinbase import COINBASE
from marketdata_platform.venues.coinbase.asking import server_time_us
from marketdata_platform.venues.coinbase.channels import reply, subscribe, unsubscribe
from marketdata_platform.venues.decoding import decode_answers, decoder_of
from marketdata_platform.venues.kit.streams import Stream
from marketdata_platform.venues.rest_rules import RestAnswer, WantedIds
from marketdata_platform_tests.venues.coinbase.small_frames import (
    NOW_US,
    match,
    snapshot,
    ticker,
    update,
)
from marketdata_platform_tests.venues.stream_examples import text

BTC = Instrument("coinbase", "spot", "BTC-USD")


def decoded(*messages, repeats=None):
    frames = [one if isinstance(one, bytes) else text(one) for one in messages]
    received = np.arange(NOW_US, NOW_US + len(frames), dtype=np.int64)
    return decoder_of(COINBASE).decode("spot", frames, received, repeats or Repeats())


def rows(out, dataset):
    return [row for part in out.of(dataset) for row in part.table.to_pylist()]


@pytest.mark.parametrize("kind", ["match", "last_match"])
@pytest.mark.parametrize(("maker", "taker"), [("buy", "sell"), ("sell", "buy"), ("?", "unknown")])
def test_a_trade_has_its_number_its_microsecond_and_the_takers_side(kind, maker, taker):
    (row,) = rows(decoded(match(7, kind, side=maker)), "trades")
    assert (row["trade_id"], row["sequence"], row["side"]) == ("7", 7, taker)
    assert row["ts_event"] == datetime(2026, 8, 9, 21, 27, 0, 123456, UTC)


@pytest.mark.parametrize("time", ["2026-08-09T21:27:00.123456", "1", None, "0001-01-01T00:00:00Z"])
def test_a_trade_without_a_time_that_can_be_is_refused(time):
    out = decoded(match(7, time=time), match(8))
    assert [one.frame for one in out.rejected] == [0]
    assert [row["sequence"] for row in rows(out, "trades")] == [8]


def levels(out, dataset="book_deltas"):
    return [(row["side"], row["price"], row["quantity"]) for row in rows(out, dataset)]


def test_changes_keep_their_order_and_the_last_of_a_level_counts():
    out = decoded(
        update(["sell", "2.0", "1"], ["buy", "1.5", "2"], ["buy", "1.50", "3"], ["sell", "3", "0"])
    )
    assert out.rejected == []
    assert levels(out) == [
        ("bid", Decimal("1.5"), 3),
        ("ask", 2, 1),
        ("ask", 3, 0),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        [["hold", "1.5", "2"]],
        [["buy", "1.5", "2"], ["hold", "1.5", "2"]],
        [["buy", "1.5", "x"]],
        [["1.5", "2"]],
        [[]],
        "buy",
    ],
)
def test_a_message_with_a_change_that_is_none_is_refused_whole_and_alone(changes):
    bad = {**update(), "changes": changes}
    out = decoded(update(["buy", "1", "1"]), bad, update(["sell", "2", "2"]))
    assert [one.frame for one in out.rejected] == [1]
    assert [level[0] for level in levels(out)] == ["bid", "ask"]


def test_changes_of_one_moment_are_ordered_by_their_place_however_the_stream_is_cut():
    messages = [update(["buy", "1", str(size)]) for size in (5, 3, 5, 4)]
    together = rows(decoded(*messages), "book_deltas")
    repeats = Repeats()
    alone = [row for one in messages for row in rows(decoded(one, repeats=repeats), "book_deltas")]
    assert [row["event_id"] for row in alone] == [row["event_id"] for row in together]
    assert [row["event_id"] for row in alone] == sorted(row["event_id"] for row in alone)
    assert len({row["event_id"] for row in alone}) == 4


def test_a_snapshot_is_dated_by_its_receipt_and_two_of_one_moment_are_two():
    sides = {"bids": [["1.5", "2"]], "asks": [["1.6", "3"]]}
    out = decoded({**snapshot(**sides), "time": "2020-01-01T00:00:00Z"})
    assert [row["ts_event"] for row in rows(out, "book_snapshots")] == [
        datetime(2026, 8, 9, 21, 27, 0, 123456, UTC)
    ] * 2
    other = decoded(snapshot(**{**sides, "bids": [["1.4", "2"]]}))
    ids = {row["event_id"] for one in (out, other) for row in rows(one, "book_snapshots")}
    assert len(ids) == 2


def test_a_ticker_is_the_top_of_the_book_with_sizes_where_it_has_them():
    old = {k: v for k, v in ticker().items() if not k.endswith("_size")}
    new, without = rows(decoded(ticker(), old), "quotes")
    assert (new["bid_price"], new["bid_quantity"]) == (Decimal("1.4"), 3)
    assert (new["ask_price"], new["ask_quantity"]) == (Decimal("1.6"), 4)
    assert (without["bid_quantity"], without["ask_quantity"]) == (None, None)
    assert new["event_id"] != without["event_id"]
    never_traded = {"type": "ticker", "product_id": "BTC-USD", "best_bid": "1", "best_ask": "2"}
    (row,) = rows(decoded(never_traded), "tickers")
    assert row["ts_event"] == row["ts_recv"] and row["last_price"] is None


def test_messages_name_products_and_one_channel_each():
    asked = ["matches:BTC-USD", "level2_batch:BTC-USD", "matches:ETH-USD"]
    trades, book = subscribe("spot", asked, 1)
    assert trades.payload == (
        b'{"type":"subscribe","product_ids":["BTC-USD","ETH-USD"],"channels":["matches"]}'
    )
    assert (trades.number, book.number, book.channels) == (1, 2, (asked[1],))
    assert b'"unsubscribe"' in unsubscribe("spot", asked, 3, {})[0].payload


def test_a_reply_lists_what_the_connection_has_by_the_names_that_subscribe():
    channels = [{"name": "level2_50", "product_ids": ["A-1", "B-1"]}, {"name": "x"}, 7]
    told = reply(text({"type": "subscriptions", "channels": channels}))
    assert told.confirmed == ("level2_batch:A-1", "level2_batch:B-1")
    refused = reply(
        text({"type": "error", "message": "Failed to subscribe", "reason": "Z-1 is not a product"})
    )
    assert (refused.number, refused.said) == (None, "Failed to subscribe Z-1 is not a product")


def answered(pages, ids, most=1_000):
    """What was asked, of a history that has `ids`, at most so many a page."""
    asked, request = [], next(pages)
    while True:
        asked.append(dict(request.parameters))
        page = [i for i in ids if i < request.parameters["after"]]
        body = text([{"trade_id": i} for i in page[: -most - 1 : -1]])
        try:
            request = pages.send(RestAnswer(200, body))
        except StopIteration:
            return asked


def test_the_past_is_walked_backwards_and_ends_where_there_is_no_more():
    wanted = WantedIds(11, 30, aggregate=False)
    assert answered(COINBASE.rest.pages(BTC, wanted), range(1, 99)) == [{"after": 31, "limit": 20}]
    walked = answered(COINBASE.rest.pages(BTC, wanted), range(1, 99), 8)
    assert [one["after"] for one in walked] == [31, 23, 15]
    assert answered(COINBASE.rest.pages(BTC, wanted), [], 8) == [{"after": 31, "limit": 20}]
    many = COINBASE.rest.pages(BTC, WantedIds(1, 2_500, aggregate=False))
    assert [one["limit"] for one in answered(many, range(1, 9_999))] == [1_000, 1_000, 500]
    assert next(COINBASE.rest.pages(BTC, wanted)).target == (
        "/products/BTC-USD/trades?after=31&limit=20"
    )


def test_the_clock_is_read_without_floats():
    body = b'{"iso":"2026-08-09T21:27:00.123456Z","epoch":1786310820.123}'
    assert server_time_us(body) == NOW_US
    assert [server_time_us(one) for one in (b"", b"[]", b'{"epoch":1.5}', b'{"iso":"x"}')] == (
        [None] * 4
    )


def test_products_are_instruments_in_a_list_or_alone_and_errors_are_refused():
    product = {"id": "BTC-USD", "base_currency": "BTC", "quote_currency": "USD", "status": "online"}
    steps = {"quote_increment": "0.01", "base_increment": "0.00000001"}
    for body in ({**product, **steps}, [{**product, **steps}]):
        stream = Stream.answer("coinbase", "spot", "product", "BTC-USD")
        (row,) = rows(decode_answers(stream, [text(body)], [NOW_US]), "instruments")
        assert (row["kind"], row["base"], row["quote"], row["status"]) == (
            "spot",
            "BTC",
            "USD",
            "online",
        )
        assert (row["tick_size"], row["quantity_step"]) == (Decimal("0.01"), Decimal("1e-8"))
    for route in ("product", "trades"):
        stream = Stream.answer("coinbase", "spot", route, "BTC-USD")
        out = decode_answers(stream, [b'{"message":"NotFound"}'], [NOW_US])
        assert (len(out.rejected), out.rows) == (1, [])
