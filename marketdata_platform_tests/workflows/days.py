"""Small days of trades for workflow tests, in the `trades` schema."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa

from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.instrument import Instrument

INSTRUMENT = Instrument.parse("binance:futures:BTCUSDT")
FIRST = date(2024, 7, 18)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def trades_of(number: int, ids: range | list[int], **changes: object) -> pa.Table:
    """Trades of day `number`: id i happens i seconds (modulo a day) into it, at 100 + i % 7,
    quantity 1 + i % 3.
    """
    start = datetime.combine(day(number), datetime.min.time(), tzinfo=UTC)
    rows = [
        {
            "ts_event": start + timedelta(seconds=i % 86_400),
            "ts_recv": None,
            "trade_id": str(i),
            "sequence": i,
            "price": Decimal(100 + i % 7),
            "quantity": Decimal(1 + i % 3),
            "side": "buy" if i % 2 else "sell",
            "condition": None,
            "first_trade_id": None,
            "last_trade_id": None,
            **changes,
        }
        for i in ids
    ]
    return pa.Table.from_pylist(rows, schema=TRADES.arrow_schema)
