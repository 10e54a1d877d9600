"""In which order trades are: by time, and by their numbers where times are equal.

Belongs here: finding the order, with a cheap look first at whether it is there already. Does not:
what a trade's columns hold (trade_columns.py), the compiled comparisons (trade_kernels.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeGuard

import numpy as np
import numpy.typing as npt
import polars as pl

from marketdata_platform.core.row_ranges import over_ranges, ranges
from marketdata_platform.core.trades.trade_numbers import Int64s, string_views

if TYPE_CHECKING:
    from types import ModuleType


def trade_order(
    ts: Int64s, trade_id: pl.Series | None, sequence: pl.Series | None
) -> npt.NDArray[np.int64] | None:
    """Row numbers in trade order, stable; None where the rows are in order as they are.

    `ts` are microseconds; `sequence` comes before `trade_id` where both have a number.
    """
    if _surely_sorted(ts, trade_id, sequence):
        return None
    order = _stable_order(ts, trade_id, sequence)
    return None if (order[1:] > order[:-1]).all() else order


def _surely_sorted(ts: Int64s, ids: pl.Series | None, sequence: pl.Series | None) -> bool:
    """One cheap pass that parses nothing; False means only that a closer look is needed."""
    for numbers in (sequence, ids):
        if _is_whole(numbers, pl.Int64):
            return _keys_ascend(ts, numbers.rechunk().to_numpy())
    if not _is_absent(sequence):
        return False
    if _is_absent(ids):
        return _times_ascend(ts)
    return _is_whole(ids, pl.String) and _ids_ascend(ts, ids)


def _is_absent(numbers: pl.Series | None) -> bool:
    return numbers is None or numbers.null_count() == len(numbers)


def _is_whole(numbers: pl.Series | None, kind: type[pl.DataType]) -> TypeGuard[pl.Series]:
    """Whether there is a number of this type for each row."""
    return numbers is not None and numbers.dtype == kind and not numbers.null_count()


def _times_ascend(ts: Int64s) -> bool:
    ascend = _kernels().times_ascend
    return _all_ascend(len(ts), lambda a, b: ascend(ts[a:b]))


def _ids_ascend(ts: Int64s, ids: pl.Series) -> bool:
    ascend, views = _kernels().views_ascend, string_views(ids)
    return _all_ascend(len(ts), lambda a, b: ascend(ts[a:b], views[2 * a : 2 * b]))


def _keys_ascend(ts: Int64s, keys: Int64s) -> bool:
    ascend = _kernels().keys_ascend
    return _all_ascend(len(ts), lambda a, b: ascend(ts[a:b], keys[a:b]))


def _all_ascend(rows: int, ascend: Callable[[int, int], bool]) -> bool:
    """Whether every range ascends, each looked at together with the last row of the one before."""
    return all(over_ranges(ranges(rows), lambda a, b: ascend(max(a - 1, 0), b)))


def _stable_order(
    ts: Int64s, trade_id: pl.Series | None, sequence: pl.Series | None
) -> npt.NDArray[np.int64]:
    """Row numbers in trade order, stable; where times ascend already, only rows that share one are
    looked at.
    """
    order = np.arange(len(ts))
    rows = order
    if _kernels().times_ascend(ts):
        tied = ts[1:] == ts[:-1]
        rows = np.flatnonzero(np.append(tied, False) | np.append(False, tied))
    ids, numbers = (None if one is None else one[rows] for one in (trade_id, sequence))
    order[rows] = rows[_order_of(ts[rows], ids, numbers)]
    return order


def _order_of(
    ts: Int64s, trade_id: pl.Series | None, sequence: pl.Series | None
) -> npt.NDArray[np.int64]:
    """The stable order by (time, number). Numbers may exceed 64 bits, so they are compared with
    128.
    """
    number = pl.Series("number", [None], pl.Int128).new_from_index(0, len(ts))
    for known in (trade_id, sequence):
        if known is not None and known.dtype != pl.Null:
            number = pl.select(pl.coalesce(known.cast(pl.Int128, strict=False), number)).to_series()
    frame = pl.DataFrame({"ts": ts, "number": number}).with_row_index("row")
    if (
        0 < number.null_count() < len(ts)
    ):  # where one row of a moment has no number, the given order decides
        nameless = pl.col("number").is_null().any().over("ts")
        frame = frame.with_columns(number=pl.when(~nameless).then("number"))
    return frame.sort("ts", "number", maintain_order=True)["row"].cast(pl.Int64).to_numpy()


def _kernels() -> ModuleType:
    from marketdata_platform.core.trades import trade_kernels

    return trade_kernels
