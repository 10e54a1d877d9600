"""Rows for the contract suite, and how a store's whole content is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa

from marketdata_platform.core.datasets import DATASETS, TRADES
from marketdata_platform.core.instrument import Instrument

BTC = Instrument("binance", "spot", "BTCUSDT")
MIDNIGHT = datetime(2024, 3, 2, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def trade(number: int, **changes: object) -> dict[str, object]:
    """Trade `number`, one per second from two minutes before midnight."""
    row: dict[str, object] = {
        "ts_event": MIDNIGHT + timedelta(seconds=number - 120),
        "ts_recv": None,
        "trade_id": str(number),
        "sequence": number,
        "price": Decimal("42000.5") + number,
        "quantity": Decimal("0.001"),
        "side": "buy" if number % 2 else "sell",
        "condition": None,
        "first_trade_id": None,
        "last_trade_id": None,
    }
    return {**row, **changes}


def trades(*rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=TRADES.arrow_schema)


def many(first: int, last: int, **changes: object) -> pa.Table:
    return trades(*(trade(number, **changes) for number in range(first, last)))


def content(
    store, dataset: str = "trades", instrument: Instrument = BTC, window=None
) -> list[dict[str, object]]:
    batches = list(store.read(dataset, instrument, window))
    return pa.Table.from_batches(batches, DATASETS[dataset].arrow_schema).to_pylist()


def everything(store) -> list[object]:
    """All that a caller can see of the trades: rows and coverage."""
    return [content(store), store.coverage("trades", BTC)]


def an_import(sha256: str = "ab", rows: int = 1) -> pa.Table:
    record = {
        "sha256": sha256,
        "source": "a.zip",
        "format": "dump",
        "rows": rows,
        "quarantined": 0,
        "covers_from": MIDNIGHT,
        "covers_to": MIDNIGHT + timedelta(days=1),
        "imported_at": NOW,
    }
    return pa.Table.from_pylist([record], schema=DATASETS["imports"].arrow_schema)
