"""Small frames in Kalshi's shape, and its replies."""

from marketdata_platform_tests.venues.stream_examples import Heard, StreamExamples, text

NOW_MS = 1_786_310_820_000


def _of_market(kind, sid, seq, **fields):
    body = {"market_ticker": "KX-1", "ts_ms": NOW_MS, **fields}
    return text({"type": kind, "sid": sid, "seq": seq, "msg": body})


def _trade(number):
    return _of_market("trade", 2, number, trade_id=f"t{number}", yes_price_dollars="0.5")


def _answer(message, unknown):
    if unknown & set(message.channels):
        complaint = {"code": 16, "msg": "Market not found"}
        return text({"id": message.number, "type": "error", "msg": complaint})
    confirmed = {"channel": message.channels[0].partition(":")[0], "sid": message.number}
    return text({"id": message.number, "type": "subscribed", "msg": confirmed})


STREAMS = StreamExamples(
    instrument="kalshi:event:KX-1",
    other="kalshi:event:KX-2",
    odd="kalshi:event:KXHIGHNY-26DEC01-T45.5",
    heard=(
        Heard(
            dataset="trades",
            frames=(_trade(1), _trade(2)),
            spans=((2, 1, None, False), (2, 2, None, False)),
            moment_us=NOW_MS * 1_000,
        ),
        Heard(
            dataset="book_deltas",
            frames=(
                _of_market("orderbook_snapshot", 3, 1, yes_dollars_fp=[["0.15", "100.00"]]),
                _of_market("orderbook_delta", 3, 2, price_dollars="0.15", delta_fp="-1.00"),
            ),
            spans=((3, 1, None, True), (3, 2, None, False)),
            moment_us=NOW_MS * 1_000,
        ),
    ),
    answer=_answer,
    silent=False,
)
