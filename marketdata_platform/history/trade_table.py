"""Columns of plain integers to an Arrow table of trades.

Belongs here: how scaled integers, codes and bytes become the types of the `trades` dataset without
a copy per value.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from marketdata_platform.core.datasets.model import PRICE, QUANTITY, TIMESTAMP
from marketdata_platform.core.datasets.raw import TRADES

SIDES = ("buy", "sell", "unknown")
NONE = -1  # stands for null in the columns that may be null

Integers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class ParsedTrades:
    """Trades as equally long columns. Times in µs since 1970, prices and quantities times 1e8,
    `side` indexes SIDES.

    `received`, `sequence`, `first_id` and `last_id` hold `NONE` where they are null; None: null
    throughout.
    """

    event: Integers
    trade_id: pa.Array
    price: Integers
    quantity: Integers
    side: np.ndarray[Any, np.dtype[np.int8]]
    received: Integers | None = None
    sequence: Integers | None = None
    first_id: Integers | None = None
    last_id: Integers | None = None
    condition: pa.Array | None = None

    def table(self) -> pa.Table:
        """The trades in the dataset's Arrow schema."""
        rows = len(self.event)
        received = _nullable(self.received, rows).cast(TIMESTAMP)
        columns = [
            pa.array(self.event, pa.int64()).cast(TIMESTAMP),
            received,
            self.trade_id,
            _nullable(self.sequence, rows),
            scaled_decimals(self.price, PRICE),
            scaled_decimals(self.quantity, QUANTITY),
            pa.DictionaryArray.from_arrays(pa.array(self.side, pa.int8()), list(SIDES)).cast(
                pa.string()
            ),
            pa.nulls(rows, pa.string()) if self.condition is None else self.condition,
            _nullable(self.first_id, rows),
            _nullable(self.last_id, rows),
        ]
        return pa.Table.from_arrays(columns, schema=TRADES.arrow_schema)


def scaled_decimals(values: Integers, kind: pa.Decimal128Type) -> pa.Array:
    """Decimals from integers ≥ 0 that are the value times 10^scale: 128 bits each, low half
    first.
    """
    halves = np.zeros((len(values), 2), np.int64)
    halves[:, 0] = values
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(halves)])


def decimal_of(scaled: int) -> Decimal:
    """The decimal with 8 places that `scaled` is 1e8 times of."""
    return Decimal(scaled).scaleb(-8)


def texts(
    data: np.ndarray[Any, np.dtype[np.uint8]], offsets: np.ndarray[Any, np.dtype[np.int32]]
) -> pa.Array:
    """Strings that lie end to end in `data`; `offsets` has one more entry than there are
    strings.
    """
    return pa.Array.from_buffers(
        pa.string(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    )


def _nullable(values: Integers | None, rows: int) -> pa.Array:
    if values is None:
        return pa.nulls(rows, pa.int64())
    missing = values == NONE
    return pa.array(values, pa.int64(), mask=missing if missing.any() else None)
