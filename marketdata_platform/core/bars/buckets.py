"""Filling VPIN buckets, by taker side (compiled) or with classified time bars, and the frame of
filled ones.

Belongs here: the Python side of both loops. Does not: parameters and states (vpin_state.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from marketdata_platform.core.bars.bar_frame import (
    Floats,
    Ints,
    nullable_floats,
    open_bar,
    prices,
    run_in_chunks,
    times,
    wide_series,
    words_from,
)
from marketdata_platform.core.bars.bar_words import BUY, END, OVERFLOW, SELL, START, TICKS, VOLUME
from marketdata_platform.core.bars.bvc import Bulk, FinishedBar, finished_bars
from marketdata_platform.core.bars.fold_input import FoldInput
from marketdata_platform.core.bars.fold_state import EMPTY_BAR, OpenBar, decimal_of
from marketdata_platform.core.bars.vpin_state import VpinState
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.numbers.decimal_words import integers, words_of_integers
from marketdata_platform.core.window import US_PER_DAY

MOST_BUCKETS = 10_000_000  # of one call
_BUCKETS_A_DAY = 50
_RATIO_UNIT = 2.0**62
_UNSIGNED, _IMBALANCE, _ROW_WORDS = OVERFLOW, OVERFLOW + 2, OVERFLOW + 4  # as in kernels/vpin.py


def fill_by_side(given: FoldInput, state: VpinState) -> tuple[pl.DataFrame, VpinState]:
    """Buckets filled trade by trade, buys and sells by the taker's side."""
    from marketdata_platform.core.bars.kernels import vpin as kernel

    automatic = state.params.units is None
    bar, pool, ring = (
        words_from(state.bar),
        _pool_of(state),
        np.zeros(state.params.window, np.int64),
    )
    ring[: len(state.ratios)] = state.ratios
    settings = (int(automatic), MOST_BUCKETS, 0)
    made = 0

    def step(i: int, rows: Ints, f_rows: Floats) -> tuple[int, int]:
        nonlocal made
        i, count = kernel.fold(settings, *given.arrays, i, bar, pool, ring, rows, f_rows)
        made += max(count, 0)
        if i < 0 or made > MOST_BUCKETS:
            raise _too_many(given, count if i < 0 else i, pool)
        return i, count

    rows, f_rows = run_in_chunks(step, len(given.columns), kernel.ROW_WORDS, 1)
    bar[OVERFLOW] = 0
    _, next_units, day_units, _, warmup_units = _integers_of(pool)
    at, held = int(pool[kernel.RING_AT]), int(pool[kernel.RATIOS])
    after = replace(
        state,
        buckets=state.buckets + len(rows),
        seen=given.seen,
        bar=replace(open_bar(bar), notional=0),
        bucket_units=_integers_of(pool)[0],
        next_units=next_units,
        day=int(pool[kernel.DAY_END]) // US_PER_DAY - 1 if automatic else None,
        day_units=day_units if automatic else 0,
        warmup_units=warmup_units,
        ratios=tuple(np.roll(ring, -at).tolist()[len(ring) - held :]),
    )
    return bucket_frame(rows, f_rows[:, 0], state.buckets), after


def fill_in_bulk(given: FoldInput, state: VpinState) -> tuple[pl.DataFrame, VpinState]:
    """Buckets filled time bar by time bar, each split by its buy share."""
    bars, bulk = finished_bars(given.columns, state.params.bar_interval, state.bulk or Bulk())
    filling = _Filling(state)
    for bar in bars:
        filling.add(bar)
    rows = np.array(filling.rows, np.int64).reshape(-1, _ROW_WORDS)
    frame = bucket_frame(rows, np.array(filling.means, np.float64), state.buckets)
    return frame, replace(filling.state, seen=given.seen, bulk=bulk)


def no_buckets() -> pl.DataFrame:
    """A frame without rows."""
    return bucket_frame(np.empty((0, _ROW_WORDS), np.int64), np.empty(0), 0)


def bucket_frame(rows: Ints, means: Floats, first_index: int) -> pl.DataFrame:
    """Rows of int64 words as the columns of `bar__vpin`."""
    wide = {"volume": VOLUME, "buy_volume": BUY, "sell_volume": SELL}
    wide |= {"unsigned_volume": _UNSIGNED, "imbalance": _IMBALANCE}
    return pl.DataFrame(
        [
            pl.Series(
                "bucket_index", np.arange(first_index, first_index + len(rows), dtype=np.int64)
            ),
            times("start_time", rows[:, START]),
            times("end_time", rows[:, END]),
            *prices(rows),
            *(wide_series(name, rows, word, 8) for name, word in wide.items()),
            pl.Series("ticks", np.ascontiguousarray(rows[:, TICKS])),
            nullable_floats("vpin", means),
        ]
    )


def _too_many(given: FoldInput, row: int, pool: Ints) -> InvalidInput:
    row = min(row, len(given.columns) - 1)
    volume, quantity = (
        decimal_of(_integers_of(pool)[1]),
        decimal_of(int(given.columns.quantity[row])),
    )
    return InvalidInput(
        f"bucket volume {volume:f} is too small: more than {MOST_BUCKETS:,} buckets up to quantity "
        f"{quantity:f} "
        f"in row {row}; choose a larger one"
    )


def _pool_of(state: VpinState) -> Ints:
    from marketdata_platform.core.bars.kernels import vpin as kernel

    pool = np.zeros(kernel.POOL_WORDS, np.int64)
    pool[kernel.DAY_END] = kernel.NO_DAY if state.day is None else (state.day + 1) * US_PER_DAY
    pool[kernel.RING_AT] = len(state.ratios) % state.params.window
    pool[kernel.RATIOS] = len(state.ratios)
    wide = {
        kernel.BUCKET: state.bucket_units,
        kernel.NEXT: state.next_units,
        kernel.DAY_VOLUME: state.day_units,
        kernel.RING_SUM: sum(state.ratios),
        kernel.WARMUP: state.warmup_units,
    }
    for word, value in wide.items():
        pool[word : word + 2] = words_of_integers([value])[0]
    return pool


def _integers_of(pool: Ints) -> list[int]:
    """V of the open bucket, V of the next, the day's volume, the ring's sum, the warm-up's
    volume.
    """
    from marketdata_platform.core.bars.kernels import vpin as kernel

    words = (kernel.BUCKET, kernel.NEXT, kernel.DAY_VOLUME, kernel.RING_SUM, kernel.WARMUP)
    return integers(np.array([pool[word : word + 2] for word in words]))


@dataclass(slots=True)
class _Filling:
    """Buckets being filled with time bars; `rows` and `means` are those filled so far."""

    state: VpinState
    rows: list[list[int]]
    means: list[float]

    def __init__(self, state: VpinState) -> None:
        self.state, self.rows, self.means = state, [], []

    def add(self, element: FinishedBar) -> None:
        """Put one classified bar into the open bucket and as many new ones as it fills."""
        self._enter_day(element)
        volume, done = element.bar.volume, 0
        if not self.state.next_units:
            self.state = replace(self.state, warmup_units=self.state.warmup_units + volume)
            return
        while done < volume:
            bucket_units = self.state.bucket_units or self.state.next_units
            part = min(bucket_units - self.state.bar.volume, volume - done)
            buys = element.buys(done + part) - element.buys(done)
            bar = _with_part(self.state.bar, element, part, buys)
            self.state = replace(self.state, bar=bar, bucket_units=bucket_units)
            done += part
            if bar.volume == bucket_units:
                self._close(element)

    def _enter_day(self, element: FinishedBar) -> None:
        state, day = self.state, element.bar.window_us // US_PER_DAY
        if state.params.units is not None:
            return
        if state.day is not None and day != state.day:
            state = replace(
                state, next_units=max(1, state.day_units // _BUCKETS_A_DAY), day_units=0
            )
        self.state = replace(state, day=day, day_units=state.day_units + element.bar.volume)

    def _close(self, element: FinishedBar) -> None:
        state, bar = self.state, self.state.bar
        if len(self.rows) >= MOST_BUCKETS:
            raise InvalidInput(
                f"bucket volume {decimal_of(state.next_units):f} is too small: more than "
                f"{MOST_BUCKETS:,} buckets up "
                f"to a time bar of volume {decimal_of(element.bar.volume):f}; choose a larger one"
            )
        imbalance = abs(bar.buy_volume - bar.sell_volume)
        ratios = (*state.ratios, int(float(imbalance) / float(state.bucket_units) * _RATIO_UNIT))[
            -state.params.window :
        ]
        full = len(ratios) == state.params.window
        self.means.append(
            float(sum(ratios)) / _RATIO_UNIT / float(state.params.window) if full else float("nan")
        )
        words = words_of_integers([bar.volume - bar.buy_volume - bar.sell_volume, imbalance])
        self.rows.append([*words_from(bar)[:OVERFLOW].tolist(), *words.reshape(-1).tolist()])
        self.state = replace(
            state, bar=EMPTY_BAR, bucket_units=0, buckets=state.buckets + 1, ratios=ratios
        )


def _with_part(bar: OpenBar, element: FinishedBar, part: int, buys: int) -> OpenBar:
    new = element.bar
    if not bar.ticks:
        bar = OpenBar(0, new.first_us, 0, new.open, new.high, new.low)
    return OpenBar(
        bar.ticks + 1,
        bar.start_us,
        element.known_us,
        bar.open,
        max(bar.high, new.high),
        min(bar.low, new.low),
        new.close,
        bar.volume + part,
        bar.buy_volume + buys,
        bar.sell_volume + part - buys,
    )
