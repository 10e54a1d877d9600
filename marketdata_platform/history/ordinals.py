"""The order among trades of one moment, where the venue's ids do not give it.

Belongs here: numbering runs of equal times. Rows are not moved: the store sorts on reading.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from marketdata_platform.history.csv.csv_rows import Parsed

Int64s = npt.NDArray[np.int64]
# More trades of one moment than this are numbered in pieces: memory stays bounded.
_LONGEST_RUN = 1_000_000


def _last_run(times: Int64s) -> int:
    """Where the last run of equal times begins."""
    steps = np.flatnonzero(np.diff(times))
    return int(steps[-1]) + 1 if len(steps) else 0


def with_ordinals(blocks: Iterator[Parsed]) -> Iterator[Parsed]:
    """Fill null `sequence` with the trade's place among those of the same time, oldest first, from
    0.

    A file is newest first when most of the time steps in its first block go back; then a run is
    numbered from its end. The last run of a block waits for the next one, which may continue it.
    """
    newest_first: bool | None = None
    held: Parsed | None = None
    for block in blocks:
        joined = block if held is None else _joined(held, block)
        times = _times(joined.rows)
        if newest_first is None:
            newest_first = _goes_back(times)
        cut = _last_run(times)
        if newest_first is None or (cut == 0 and len(times) < _LONGEST_RUN):
            held = joined
            continue
        cut = cut or len(times)
        yield _numbered(_part(joined, 0, cut), newest_first)
        held = Parsed(joined.rows.slice(cut), joined.lines[cut:], [], 0)
    if held is not None:
        yield _numbered(held, bool(newest_first))


def _goes_back(times: Int64s) -> bool | None:
    steps = int(np.sign(np.diff(times)).sum())
    return None if steps == 0 else steps < 0


def _numbered(block: Parsed, newest_first: bool) -> Parsed:
    sequence = block.rows.column("sequence").combine_chunks()
    if not sequence.null_count:
        return block
    times = _times(block.rows)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(times)) + 1]).astype(np.int64)
    lengths = np.diff(np.append(starts, len(times)))
    place = np.arange(len(times)) - np.repeat(starts, lengths)
    if newest_first:
        place = np.repeat(lengths, lengths) - 1 - place
    filled = sequence.fill_null(0).to_numpy()
    filled = np.where(sequence.is_null().to_numpy(zero_copy_only=False), place, filled)
    column = block.rows.schema.get_field_index("sequence")
    rows = block.rows.set_column(
        column, block.rows.schema.field(column), pa.array(filled, pa.int64())
    )
    return Parsed(rows, block.lines, block.rejected, block.line_count)


def _times(rows: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    times: np.ndarray[tuple[int], np.dtype[np.int64]] = (
        rows.column("ts_event").cast(pa.int64()).to_numpy()
    )
    return times


def _joined(first: Parsed, second: Parsed) -> Parsed:
    return Parsed(
        pa.concat_tables([first.rows, second.rows]),
        np.concatenate([first.lines, second.lines]),
        [*first.rejected, *second.rejected],
        first.line_count + second.line_count,
    )


def _part(block: Parsed, start: int, end: int) -> Parsed:
    return Parsed(
        block.rows.slice(start, end - start),
        block.lines[start:end],
        block.rejected,
        block.line_count,
    )
