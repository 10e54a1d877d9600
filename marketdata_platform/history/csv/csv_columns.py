"""One block of delimited text as columns: drives the compiled parser column by column, as the
layout says.

Belongs here: the memory that the kernels write to. Import lazily: it loads numba.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from marketdata_platform.history.csv import csv_kernel as kernel
from marketdata_platform.history.trade_table import ParsedTrades, texts
from marketdata_platform.venues.kit.layouts import Kind, Layout

Bytes = np.ndarray[Any, np.dtype[np.uint8]]


class Columns:
    """The rows of one block. `ok` says which were understood; `lines` is each row's line in the
    block, from 0.
    """

    def __init__(self, buf: Bytes, layout: Layout) -> None:
        capacity = int(np.count_nonzero(buf == ord("\n")))
        bounds = np.empty((len(layout.kinds) + 1, max(capacity, 1)), np.int32)
        lines, ok = np.empty(capacity, np.int64), np.empty(capacity, np.bool_)
        rows, line_count = kernel.index(buf, len(buf), bounds, lines, ok) if capacity else (0, 0)
        self.line_count: int = line_count
        self.lines, self.ok = lines[:rows], ok[:rows]
        self._buf, self._layout, self._bounds = buf, layout, bounds[:, :rows]
        self._numbers: dict[Kind, Any] = {}
        self._sides = np.full(rows, kernel.UNKNOWN, np.int8)
        for column, kind in enumerate(layout.kinds):
            self._parse(column, kind)
        if Kind.LAST_ID in self._numbers:
            self.ok &= self._numbers[Kind.LAST_ID] >= self._numbers[Kind.FIRST_ID]
        self.all_good = bool(self.ok.all())

    def marked(self) -> Iterator[tuple[int, int, int]]:
        """(start, end, line) of every line that was not understood."""
        bad = np.flatnonzero(~self.ok)
        starts, ends = self._bounds[0, bad] + 1, self._bounds[-1, bad]
        return zip(starts.tolist(), ends.tolist(), self.lines[bad].tolist(), strict=True)

    def table(self) -> pa.Table:
        """The rows that were understood, in the schema of trades."""
        times = Kind.TIME if Kind.TIME in self._numbers else Kind.SECONDS
        ids = Kind.ID if Kind.ID in self._numbers else Kind.TEXT_ID
        return ParsedTrades(
            event=self._good(times),
            trade_id=self._texts(self._layout.kinds.index(ids)),
            price=self._good(Kind.PRICE),
            quantity=self._good(Kind.QUANTITY),
            side=self._sides if self.all_good else self._sides[self.ok],
            received=self._good(Kind.RECEIVED),
            sequence=self._good(ids),
            first_id=self._good(Kind.FIRST_ID),
            last_id=self._good(Kind.LAST_ID),
        ).table()

    def _parse(self, column: int, kind: Kind) -> None:
        field = (self._buf, self._bounds[column], self._bounds[column + 1])
        if kind is Kind.SKIP:
            return
        if kind in (Kind.SIDE, Kind.MAKER):
            words = kernel.MAKER_WORDS if kind is Kind.MAKER else kernel.SIDE_WORDS
            kernel.sides(*field, self._sides, self.ok, words)
        elif kind is Kind.EXPECTED:
            expected = self._layout.expectation(column).encode()
            kernel.same(*field, np.frombuffer(expected, np.uint8), self.ok)
        else:
            self._numbers[kind] = self._number(field, kind)

    def _number(self, field: tuple[Any, Any, Any], kind: Kind) -> Any:
        out = np.empty(len(self.ok), np.int64)
        if kind in (Kind.PRICE, Kind.QUANTITY):
            kernel.decimals(*field, out, self.ok, 8, False)
        elif kind is Kind.SECONDS:
            kernel.decimals(*field, out, self.ok, 6, True)
            self.ok &= (out >= 10**14) & (out < 10**17)
        elif kind is Kind.TEXT_ID:
            kernel.plain(*field, self.ok)
            kernel.wholes(*field, out, self.ok, False)
        else:
            kernel.wholes(*field, out, self.ok, True)
        if kind in (Kind.TIME, Kind.RECEIVED):
            kernel.to_microseconds(out, self.ok)
        return out

    def _good(self, kind: Kind) -> Any:
        values = self._numbers.get(kind)
        return values if values is None or self.all_good else values[self.ok]

    def _texts(self, column: int) -> pa.Array:
        starts, ends = self._bounds[column], self._bounds[column + 1]
        data, offsets = np.empty(len(self._buf), np.uint8), np.empty(len(self.ok) + 1, np.int32)
        count, size = kernel.copy_texts(self._buf, starts, ends, self.ok, data, offsets)
        return texts(data[:size].copy(), offsets[: count + 1].copy())
