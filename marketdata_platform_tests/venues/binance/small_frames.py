"""Small frames in Binance's shape, and its replies."""

from marketdata_platform_tests.venues.stream_examples import Heard, StreamExamples, text

NOW_MS = 1_786_310_820_000


def _stream(channel, **data):
    return text({"stream": f"btcusdt@{channel}", "data": {"E": NOW_MS, "s": "BTCUSDT", **data}})


def _trade(number):
    return _stream("trade", e="trade", t=number, p="1.5", q="2", T=NOW_MS, m=True)


def _aggregate(number):
    return _stream("aggTrade", e="aggTrade", a=number, p="1.5", q="2", f=1, l=3, T=NOW_MS, m=True)


def _depth(first, last, previous):
    return _stream("depth@100ms", e="depthUpdate", U=first, u=last, pu=previous, b=[], a=[])


def _answer(message, unknown):
    return text({"result": None, "id": message.number})


STREAMS = StreamExamples(
    instrument="binance:futures:BTCUSDT",
    other="binance:futures:ETHUSDT",
    odd="binance:futures:币安人生USDT",
    heard=(
        Heard(
            dataset="trades",
            frames=(_trade(7), _trade(8)),
            ids=(7, 8),
            moment_us=NOW_MS * 1_000,
        ),
        Heard(
            dataset="trades@aggTrade",
            frames=(_aggregate(3), _aggregate(4)),
            ids=(3, 4),
            moment_us=NOW_MS * 1_000,
        ),
        Heard(
            dataset="book_deltas",
            frames=(_depth(5, 9, 2), _depth(10, 12, 9)),
            spans=((5, 9, 2, False), (10, 12, 9, False)),
            moment_us=NOW_MS * 1_000,
        ),
    ),
    answer=_answer,
    silent=True,
)
