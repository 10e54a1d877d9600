"""Small frames in Deribit's shape, and its replies."""

from marketdata_platform_tests.venues.stream_examples import Heard, StreamExamples, text

NOW_MS = 1_786_310_820_000


def _channel(channel, data):
    params = {"channel": channel, "data": data}
    return text({"jsonrpc": "2.0", "method": "subscription", "params": params})


def _trades(*numbers):
    trades = [
        {
            "timestamp": NOW_MS,
            "price": 1.5,
            "amount": 2.0,
            "direction": "sell",
            "trade_seq": number,
            "trade_id": str(number),
            "instrument_name": "BTC-PERPETUAL",
        }
        for number in numbers
    ]
    return _channel("trades.BTC-PERPETUAL.100ms", trades)


def _book(kind, number, **more):
    data = {"type": kind, "timestamp": NOW_MS, "change_id": number, "bids": [], "asks": [], **more}
    return _channel("book.BTC-PERPETUAL.100ms", data)


def _answer(message, unknown):
    known = [name for name in message.channels if name not in unknown]
    return text({"jsonrpc": "2.0", "id": message.number, "result": known})


STREAMS = StreamExamples(
    instrument="deribit:perpetual:BTC-PERPETUAL",
    other="deribit:perpetual:ETH-PERPETUAL",
    odd="deribit:option:XRP_USDC-25DEC26-1d5-C",
    heard=(
        Heard(
            dataset="trades",
            frames=(_trades(7, 8), _trades(9)),
            ids=(7, 8, 9),
            moment_us=NOW_MS * 1_000,
        ),
        Heard(
            dataset="book_deltas",
            frames=(_book("snapshot", 10), _book("change", 12, prev_change_id=10)),
            spans=((10, 10, None, True), (12, 12, 10, False)),
            moment_us=NOW_MS * 1_000,
        ),
    ),
    answer=_answer,
    silent=False,
)
