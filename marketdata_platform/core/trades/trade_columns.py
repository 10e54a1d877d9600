"""Trades as plain integer arrays, in trade order: what every kernel takes.

Belongs here: reading a frame or an Arrow table of trades with next to no copying, checking it,
putting it in order, signing it. Does not: which order that is (trade_order.py), the loops
themselves (trade_kernels.py), any bar.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.row_ranges import first_found
from marketdata_platform.core.trades.trade_numbers import (
    Int64s,
    first_row,
    scaled_integers,
    string_views,
)
from marketdata_platform.core.trades.trade_order import trade_order

if TYPE_CHECKING:
    from types import ModuleType

REQUIRED = ("ts_event", "price", "quantity", "side")
OPTIONAL = ("trade_id", "sequence", "condition", "first_trade_id", "last_trade_id")
SIGN_OF_SIDE = {"buy": 1, "sell": -1, "unknown": 0}
_UTC = frozenset({"UTC", "Etc/UTC", "+00:00"})


@dataclass(frozen=True, slots=True)
class TradeColumns:
    """Trades in trade order; every array has one element per row.

    `price` and `quantity` may be strided views into a frame's own decimals: read them, never write.
    """

    ts: Int64s  # microseconds from the epoch
    price: Int64s  # scaled by 1e8
    quantity: Int64s  # scaled by 1e8
    side: npt.NDArray[np.int8]  # +1 buy, -1 sell, 0 unknown (before the tick rule)
    count: Int64s | None  # trades in each row, where aggregate ids say so; None: one each
    trade_id: pl.Series | None

    def __len__(self) -> int:
        return len(self.ts)


# How callers may hand trades to a kernel.
Trades: TypeAlias = pl.DataFrame | pa.Table | pa.RecordBatch | TradeColumns


@dataclass(frozen=True, slots=True)
class TickRule:
    """What the tick rule remembers between two stretches of trades: plain integers, fit for
    JSON.
    """

    last_price: int = 0  # scaled by 1e8; 0 before any trade
    last_sign: int = 0  # of the last price change; 0 before any change

    def to_bytes(self) -> bytes:
        """The state as JSON text."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> TickRule:
        """The state that `to_bytes` wrote."""
        return cls(**json.loads(data))


def trade_columns(trades: Trades) -> TradeColumns:
    """Read trades: columns `ts_event`, `price`, `quantity`, `side` and what there is of `OPTIONAL`.

    `ts_event` is a UTC Datetime (ns are floored to µs) or int64 µs; `price` and `quantity` are
    Decimal, integer or float (floats are rounded to 8 decimals); `side` is `buy`, `sell`, `unknown`
    or null. Rows with a `condition` enter no bar and are left out. Rows come out sorted by
    (ts_event, sequence, else trade_id where it is a number); where neither helps, or one row of a
    moment has neither, the given order stays. Sorted input is not copied. What this function gave
    may be handed in again: many kernels over one day read its trades once.

    Raises:
        InvalidInput: a column is missing or has another type, or a value cannot be used; the
            message names its row.
    """
    if isinstance(trades, TradeColumns):
        return trades
    frame = _frame(trades)
    rows = None
    if "condition" in frame.columns and frame["condition"].null_count() < frame.height:
        ordinary = frame["condition"].is_null()
        rows = ordinary.arg_true().to_numpy()
        frame = frame.filter(ordinary)
    columns = TradeColumns(
        _times(frame["ts_event"], rows),
        scaled_integers(frame["price"], rows),
        scaled_integers(frame["quantity"], rows),
        _sides(frame["side"], rows),
        _counts(frame, rows),
        frame["trade_id"] if "trade_id" in frame.columns else None,
    )
    return _in_order(columns, frame["sequence"] if "sequence" in frame.columns else None)


def signs(
    columns: TradeColumns, rule: TickRule | None = None
) -> tuple[npt.NDArray[np.int8], TickRule]:
    """Sign of every trade: +1 buy, -1 sell; unknown sides by the tick rule, 0 until a first price
    change is seen.

    The rule follows the price over all trades, signed or not (DEFINITIONS "Sign of a trade"; Lee &
    Ready 1991). `rule` is what an earlier call returned for the trades before these.
    """
    rule = rule or TickRule()
    if not len(columns):
        return columns.side, rule
    kernels = _kernels()
    signed = columns.side
    if not columns.side.all():
        signed = np.empty(len(columns), np.int8)
        kernels.tick_rule(columns.price, columns.side, rule.last_price, rule.last_sign, signed)
    last_sign = kernels.last_change(columns.price, rule.last_price, rule.last_sign)
    return signed, TickRule(int(columns.price[-1]), int(last_sign))


def _kernels() -> ModuleType:
    from marketdata_platform.core.trades import trade_kernels

    return trade_kernels


def _frame(trades: pl.DataFrame | pa.Table | pa.RecordBatch) -> pl.DataFrame:
    names = trades.columns if isinstance(trades, pl.DataFrame) else trades.schema.names
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise InvalidInput(
            f"trades have no column {', '.join(missing)}: they need {', '.join(REQUIRED)}"
        )
    wanted = [name for name in REQUIRED + OPTIONAL if name in names]
    frame = trades.select(wanted)
    return frame if isinstance(frame, pl.DataFrame) else pl.DataFrame(pl.from_arrow(frame))


def _times(series: pl.Series, rows: Int64s | None) -> Int64s:
    dtype = series.dtype
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone not in _UTC:
            zone = f"time zone {dtype.time_zone}" if dtype.time_zone else "no time zone"
            raise InvalidInput(
                f"ts_event has {zone}: make it UTC (dt.convert_time_zone or dt.replace_time_zone)"
            )
    elif dtype != pl.Int64:
        raise InvalidInput(f"ts_event is {dtype}: it must be a UTC Datetime or Int64 microseconds")
    if series.null_count():
        raise InvalidInput(f"ts_event is null in row {first_row(series.is_null(), rows)}")
    times: Int64s = series.rechunk().to_physical().to_numpy()
    unit = dtype.time_unit if isinstance(dtype, pl.Datetime) else "us"
    if unit == "us":
        return times
    return times * 1000 if unit == "ms" else times // 1000


def _sides(series: pl.Series, rows: Int64s | None) -> npt.NDArray[np.int8]:
    if series.dtype == pl.Null:
        return np.zeros(len(series), np.int8)
    if isinstance(series.dtype, pl.Categorical | pl.Enum):
        return _category_sides(series, rows)
    if series.dtype != pl.String:
        raise InvalidInput(f"side is {series.dtype}: it must be text (buy, sell, unknown)")
    if series.null_count():
        series = series.fill_null("unknown")
    out = np.empty(len(series), np.int8)
    views, read = string_views(series), _kernels().signs_of_views
    bad = first_found(len(out), lambda a, b: read(views[2 * a : 2 * b], out[a:b]))
    if bad >= 0:
        raise InvalidInput(_side_problem(series[bad], bad if rows is None else rows[bad]))
    return out


def _category_sides(series: pl.Series, rows: Int64s | None) -> npt.NDArray[np.int8]:
    array = series.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    names = array.dictionary.to_pylist()
    codes = array.indices.fill_null(len(names)).to_numpy()
    table = np.array([SIGN_OF_SIDE.get(name, 2) for name in names] + [0], np.int8)
    out: npt.NDArray[np.int8] = table[codes]
    bad = out == 2
    if bad.any():
        row = int(bad.argmax())
        raise InvalidInput(_side_problem(series[row], row if rows is None else int(rows[row])))
    return out


def _side_problem(value: str, row: int) -> str:
    return f"side is {value[:40]!r} in row {row}: it must be buy, sell, unknown or null"


def _counts(frame: pl.DataFrame, rows: Int64s | None) -> Int64s | None:
    if not {"first_trade_id", "last_trade_id"} <= set(frame.columns):
        return None
    first, last = frame["first_trade_id"], frame["last_trade_id"]
    if first.null_count() == frame.height or last.null_count() == frame.height:
        return None
    counts = (last.cast(pl.Int64) - first.cast(pl.Int64) + 1).fill_null(1)
    if (counts < 1).any():
        raise InvalidInput(
            f"last_trade_id is before first_trade_id in row {first_row(counts < 1, rows)}"
        )
    return counts.rechunk().to_numpy()


def _in_order(columns: TradeColumns, sequence: pl.Series | None) -> TradeColumns:
    order = trade_order(columns.ts, columns.trade_id, sequence)
    if order is None:
        return columns
    return TradeColumns(
        columns.ts[order],
        columns.price[order],
        columns.quantity[order],
        columns.side[order],
        None if columns.count is None else columns.count[order],
        None if columns.trade_id is None else columns.trade_id[order],
    )
