"""Small frames in Bybit's shape, and its replies."""

import json

from marketdata_platform_tests.venues.stream_examples import Heard, StreamExamples, text

NOW_MS = 1_786_310_820_000


def _topic(topic, kind, data):
    return text({"topic": topic, "type": kind, "ts": NOW_MS, "data": data})


def _book(kind, number):
    data = {"s": "BTCUSDT", "b": [["1.5", "2"]], "a": [], "u": number, "seq": 1}
    return _topic("orderbook.200.BTCUSDT", kind, data)


_TRADE = {"T": NOW_MS, "s": "BTCUSDT", "S": "Sell", "v": "2", "p": "1.5", "i": "7"}


def _answer(message, unknown):
    wrong = [name for name in message.channels if name in unknown]
    return text(
        {
            "success": not wrong,
            "ret_msg": f"error:handler not found,topic:{wrong[0]}" if wrong else "",
            "conn_id": "c",
            "req_id": str(message.number),
            "op": json.loads(message.payload)["op"],
        }
    )


STREAMS = StreamExamples(
    instrument="bybit:linear:BTCUSDT",
    other="bybit:linear:ETHUSDT",
    odd="bybit:linear:BTC-27NOV26",
    heard=(
        Heard(
            dataset="trades",
            frames=(_topic("publicTrade.BTCUSDT", "snapshot", [_TRADE]),),
            moment_us=NOW_MS * 1_000,
        ),
        Heard(
            dataset="book_deltas",
            frames=(_book("snapshot", 5), _book("delta", 6)),
            spans=((5, 5, None, True), (6, 6, None, False)),
            moment_us=NOW_MS * 1_000,
        ),
    ),
    answer=_answer,
    silent=False,
)
