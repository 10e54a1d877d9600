"""What every kind of bar is checked for: equal to the slow reference, the dataset's columns, cuts,
conservation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from marketdata_platform.core.datasets import dataset_named
from marketdata_platform.core.window import to_us
from marketdata_platform_tests.core.bars.slow_reference import EXACT, Trade
from marketdata_platform_tests.core.bars.trade_frames import frame_of

Fold = Callable[[pl.DataFrame, Any], tuple[pl.DataFrame, Any]]


def require_dataset_columns(bars: pl.DataFrame, dataset: str) -> None:
    """Names, order, types and nullability are the dataset's."""
    schema = dataset_named(dataset).arrow_schema
    assert bars.schema == pl.DataFrame(pl.from_arrow(schema.empty_table())).schema
    for field in schema:
        assert field.nullable or bars[field.name].null_count() == 0


def require_rows(
    bars: pl.DataFrame, expected: Sequence[dict[str, Any]], near: dict[str, float] | None = None
) -> None:
    """Every value equal; the floats named in `near` within that distance, relative to them or to
    2^-9.
    """
    assert len(bars) == len(expected)
    for got, want in zip(bars.iter_rows(named=True), expected, strict=True):
        got |= {name: to_us(got[name]) for name in ("start_time", "end_time")}
        for name, tolerance in (near or {}).items():
            a, b = got.pop(name), want[name]
            assert (a is None) == (b is None)
            assert a is None or abs(a - b) <= tolerance * max(abs(b), 2**-9)
        assert got == {name: want[name] for name in got}


def require_cuts_change_nothing(
    fold: Fold, trades: Sequence[Trade], slices: Sequence[tuple[int, int]]
) -> None:
    """Folding slice by slice, the state going through bytes each time, gives the same bars and the
    same state.
    """
    frame = frame_of(trades)
    whole, state = fold(frame, None)
    parts, carried = [], None
    for first, last in slices:
        bars, carried = fold(frame[first:last], carried)
        stored = type(carried).from_bytes(carried.to_bytes())
        assert stored == carried
        parts.append(bars)
        carried = stored
    assert pl.concat(parts).equals(whole)
    assert carried == state
    assert carried.to_bytes() == state.to_bytes()


def require_conserved(fold: Fold, trades: Sequence[Trade]) -> None:
    """Σ bar volume + open volume = Σ trade volume, exactly."""
    bars, state = fold(frame_of(trades), None)
    total = Decimal(0)
    for value in [*bars["volume"].to_list(), state.open_volume]:
        total = EXACT.add(total, value)
    assert total == sum((t.quantity for t in trades), Decimal(0))


def require_prefix(fold: Fold, trades: Sequence[Trade], size: int) -> None:
    """The bars of the first `size` trades are the first bars of all: nothing looks ahead."""
    some, all_bars = fold(frame_of(trades[:size]), None)[0], fold(frame_of(trades), None)[0]
    assert some.equals(all_bars[: len(some)])
