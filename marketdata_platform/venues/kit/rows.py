"""What decoding frames gives: columnar rows per dataset and instrument, frames rejected with a
reason, and counts.

Belongs here: collecting columns into the datasets' own schema. Does not: what a message means (one
folder per venue). Every frame is accounted for: it gave rows, it was rejected, or it was counted
under a name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.errors import InvalidInstrument
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.numbers.text_numbers import BAD, NULL, OK, Numbers, counts
from marketdata_platform.venues.kit.column_arrays import (
    Values,
    column_array,
    rows_taken,
    texts_of,
)
from marketdata_platform.venues.kit.symbols import Symbols

Int64s = npt.NDArray[np.int64]

_MS_FROM, _US_FROM, _NS_FROM = 10**11, 10**14, 10**17
_NAMES_KEPT = 100  # a hostile stream could name as many types as it has frames


class MalformedFrame(ValueError):
    """The frame is not JSON, or not what its type promises; the message is the reason that goes
    into quarantine.
    """


@dataclass(frozen=True, slots=True)
class RejectedFrame:
    """A frame, or a row of one, that cannot be stored. `dataset` is empty where not even that is
    known.
    """

    frame: int
    reason: str
    dataset: str = ""


@dataclass(frozen=True, slots=True)
class DecodedRows:
    """Rows of one dataset and instrument in the dataset's schema; `frames[i]` is the frame that row
    i came in.
    """

    dataset: Dataset
    instrument: Instrument
    table: pa.Table
    frames: Int64s


@dataclass(slots=True)
class Decoded:
    """All that a batch of frames gave.

    Args:
        received_us: receive time of every frame, µs since 1970, shape (frames,).
        instrument_of: the instrument of a venue's symbol.
    """

    received_us: Int64s
    instrument_of: Callable[[str], Instrument]
    rows: list[DecodedRows] = field(default_factory=list)
    rejected: list[RejectedFrame] = field(default_factory=list)
    counts: Counter[str] = field(
        default_factory=Counter
    )  # frames by message type; unknown ones as `unknown …`
    _instruments: dict[str, Instrument | str] = field(default_factory=dict)

    def count(self, name: str, frames: int = 1) -> None:
        """Account for frames of a type; beyond a hundred different names they are counted as
        `other`.
        """
        known = name in self.counts or len(self.counts) < _NAMES_KEPT
        self.counts[name if known else "other"] += frames

    def reject(self, frame: int, reason: str, dataset: str = "") -> None:
        """Refuse a frame."""
        self.rejected.append(RejectedFrame(frame, reason, dataset))

    def of(self, dataset: str) -> list[DecodedRows]:
        """The rows of one dataset."""
        return [rows for rows in self.rows if rows.dataset.name == dataset]

    def add(
        self,
        dataset: Dataset,
        symbols: Sequence[str] | Symbols,
        frames: Int64s,
        columns: Mapping[str, Values],
    ) -> None:
        """Add rows: row i is of `symbols[i]`, from frame `frames[i]`; columns that are not given
        are null.

        `ts_recv` is filled in, and `event_id` from `sequence` where it is not given. A row with a
        value that does not fit is refused, and so is one without a value that must be there.
        """
        if not len(symbols):
            return
        named = symbols if isinstance(symbols, Symbols) else Symbols.of(symbols)
        complete: dict[str, Values] = {"ts_recv": self.received_us[frames], **columns}
        names = [column.name for column in dataset.columns]
        if "event_id" in names and "event_id" not in complete:
            complete["event_id"] = texts_of(complete["sequence"])
        good = self._checked(dataset, frames, complete)
        arrays = [
            column_array(c.type, complete[c.name])
            if c.name in complete
            else pa.nulls(len(symbols), c.type)
            for c in dataset.columns
        ]
        table = pa.Table.from_arrays(arrays, schema=dataset.arrow_schema.remove_metadata())
        self._split(dataset, named, frames, table, good)

    def add_where(
        self,
        dataset: Dataset,
        symbols: Sequence[str] | Symbols,
        frames: Int64s,
        columns: Mapping[str, Values],
        chosen: npt.NDArray[np.bool_],
    ) -> None:
        """As `add`, for the rows where `chosen` is true."""
        if chosen.all():
            return self.add(dataset, symbols, frames, columns)
        rows = np.flatnonzero(chosen)
        kept = {name: rows_taken(values, rows) for name, values in columns.items()}
        named = symbols if isinstance(symbols, Symbols) else Symbols.of(symbols)
        return self.add(dataset, named.take(rows), frames[rows], kept)

    def add_told(
        self,
        dataset: Dataset,
        symbols: Sequence[str] | Symbols,
        frames: Int64s,
        columns: Mapping[str, Values],
        of: Sequence[str],
    ) -> None:
        """As `add`, for the rows in which one of the columns `of` has a value, or a bad one."""
        given = [column.state != NULL for n in of if isinstance(column := columns[n], Numbers)]
        self.add_where(dataset, symbols, frames, columns, np.any(given, axis=0))

    def _checked(
        self, dataset: Dataset, frames: Int64s, columns: Mapping[str, Values]
    ) -> npt.NDArray[np.bool_]:
        good = np.ones(len(frames), bool)
        for column in dataset.columns:
            values = columns.get(column.name)
            if not isinstance(values, Numbers):
                continue
            wanted = values.state != BAD if column.nullable else values.state == OK
            for row in np.flatnonzero(good & ~wanted).tolist():
                reason = values.reasons.get(row, "is missing")
                self.reject(int(frames[row]), f"{column.name} {reason}", dataset.name)
            good &= wanted
        return good

    def _split(
        self,
        dataset: Dataset,
        symbols: Symbols,
        frames: Int64s,
        table: pa.Table,
        good: npt.NDArray[np.bool_],
    ) -> None:
        """Part rows by instrument: they are sorted once, and each instrument's are a slice."""
        chosen: list[Int64s] = []
        instruments: list[Instrument] = []
        for symbol, of_symbol in symbols.rows():
            instrument = self._instrument(symbol)
            if isinstance(instrument, str):
                for row in of_symbol.tolist():
                    self.reject(int(frames[row]), instrument, dataset.name)
                continue
            kept = of_symbol[good[of_symbol]]
            if len(kept):
                chosen.append(kept)
                instruments.append(instrument)
        if not chosen:
            return
        order = np.concatenate(chosen) if len(chosen) > 1 else chosen[0]
        if len(chosen) > 1 or len(order) < len(frames):
            table, frames = table.take(pa.array(order)), frames[order]
        start = 0
        for instrument, kept in zip(instruments, chosen, strict=True):
            end = start + len(kept)
            part = table.slice(start, len(kept))
            self.rows.append(DecodedRows(dataset, instrument, part, frames[start:end]))
            start = end

    def _instrument(self, symbol: str) -> Instrument | str:
        """The instrument, or why there is none: symbols are hostile input."""
        if symbol not in self._instruments:
            try:
                self._instruments[symbol] = self.instrument_of(symbol)
            except InvalidInstrument as error:
                return str(error)
        return self._instruments[symbol]


def times(values: Sequence[int | None], what: str = "time") -> Numbers:
    """Microseconds since 1970 from whole ms, µs or ns, recognised by size; 0 and None are NULL; ns
    are cut.
    """
    return moments(counts(values, what))


def moments(column: Numbers) -> Numbers:
    """As `times`, of a column of whole numbers; its states are changed."""
    given, column.values = column.values, np.zeros(len(column.values), np.int64)
    if (
        len(given)
        and (column.state == OK).all()
        and given.min() >= _MS_FROM
        and given.max() < _US_FROM
    ):
        column.values = given * 1000
        return column
    for low, high, factor in ((_MS_FROM, _US_FROM, 1000), (_US_FROM, _NS_FROM, 1)):
        chosen = (given >= low) & (given < high)
        column.values[chosen] = given[chosen] * factor
    nanoseconds = given >= _NS_FROM
    column.values[nanoseconds] = given[nanoseconds] // 1000
    column.state[(given == 0) & (column.state == OK)] = 2
    for row in np.flatnonzero((column.state == OK) & (given < _MS_FROM)).tolist():
        column.state[row] = BAD
        column.reasons[row] = f"{given[row]} is not in ms, µs or ns since 1970"
    return column


def either(first: Numbers, second: Numbers) -> Numbers:
    """The first column's numbers, and the second's where that is NULL or 0."""
    other = (first.state == NULL) | ((first.state == OK) & (first.values == 0))
    if not other.any():
        return first
    reasons = {row: reason for row, reason in first.reasons.items() if not other[row]}
    reasons |= {row: reason for row, reason in second.reasons.items() if other[row]}
    return Numbers(
        np.where(other, second.values, first.values),
        np.where(other, second.state, first.state),
        reasons,
    )
