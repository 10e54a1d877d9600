"""A decoded round, laid out an instrument at a time as what the store is asked to add.

Belongs here: joining rows of one dataset, judging them, saying where each came from. Does not:
storing (land).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import overload

import numpy as np
import pyarrow as pa

from marketdata_platform.core.batch import Batch
from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.datasets.ordering import has_sequence
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.workflows.landing.decode import DecodedRound, Found, RefusedFrame
from marketdata_platform.workflows.landing.frames import Bools, Int64s
from marketdata_platform.workflows.ports import Addition


@dataclass(frozen=True, slots=True)
class JudgedRows:
    """Rows of one dataset and instrument, judged, and where each came from; `copies` more came of
    frames that are equal byte for byte. Equal rows of different frames are the store's to judge.
    """

    batch: Batch
    gatherer: Int64s
    position: Int64s
    copies: int
    parts: tuple[Found, ...]

    def addition(self, names: Sequence[str]) -> Addition:
        """What the store is asked to add; `names`: the gatherers by their numbers."""
        return Addition(
            self.batch.dataset.name,
            self.batch,
            _Names(self.gatherer, names),
            _Numbers(self.position),
        )


@dataclass(slots=True)
class ForInstrument:
    """What a round holds for one instrument."""

    rows: list[JudgedRows] = field(default_factory=list)
    refused: list[RefusedFrame] = field(default_factory=list)


def laid_out(decoded: DecodedRound) -> tuple[dict[Instrument, ForInstrument], list[RefusedFrame]]:
    """The round by instrument, in order; and the frames refused of which no instrument is known."""
    by_instrument: dict[Instrument, dict[str, list[Found]]] = {}
    for found in decoded.found:
        by_instrument.setdefault(found.instrument, {}).setdefault(found.dataset.name, []).append(
            found
        )
    result = {
        instrument: ForInstrument([joined(parts) for parts in datasets.values()])
        for instrument, datasets in sorted(by_instrument.items())
    }
    homeless = []
    for refused in decoded.refused:
        if refused.instrument is None:
            homeless.append(refused)
        else:
            result.setdefault(refused.instrument, ForInstrument()).refused.append(refused)
    return result, homeless


def joined(parts: Sequence[Found], kept: Sequence[Bools] | None = None) -> JudgedRows:
    """Rows of one dataset and instrument that several decodings gave; `kept`: only these rows of
    each part.
    """
    dataset = parts[0].dataset
    chosen = [None] * len(parts) if kept is None else [np.flatnonzero(rows) for rows in kept]
    tables, gatherers, positions, copies = [], [], [], 0
    for part, rows in zip(parts, chosen, strict=True):
        frames = part.frames if rows is None else part.frames[rows]
        tables.append(part.table if rows is None else part.table.take(pa.array(rows)))
        gatherers.append(part.heard.gatherer[frames])
        positions.append(part.heard.position[frames])
        copies += int(part.heard.copies[frames].sum())
    table, gatherer, position = (
        pa.concat_tables(tables),
        np.concatenate(gatherers),
        np.concatenate(positions),
    )
    order = _rising(dataset, table)
    if order is not None:
        table, gatherer, position = table.take(pa.array(order)), gatherer[order], position[order]
    return JudgedRows(
        Batch(dataset, table.combine_chunks()).judge(), gatherer, position, copies, tuple(parts)
    )


def without_landed(rows: JudgedRows, landed: Mapping[int, int]) -> JudgedRows | None:
    """The rows that are not all before `landed` (positions by gatherer): a landing that was killed
    stored those.
    """
    kept = []
    for part in rows.parts:
        gatherers, positions, of = part.heard.every
        ahead = np.ones(len(of), bool)
        for gatherer, position in landed.items():
            ahead &= ~((gatherers == gatherer) & (positions < position))
        wanted = np.zeros(len(part.heard.frames), bool)
        wanted[of[ahead]] = True
        kept.append(wanted[part.frames])
    if all(rows_kept.all() for rows_kept in kept):
        return rows
    return joined(rows.parts, kept) if any(rows_kept.any() for rows_kept in kept) else None


def _rising(dataset: Dataset, table: pa.Table) -> Int64s | None:
    """The order of rising sequences; None where they rise already or there are none: the store then
    sees for itself.
    """
    if not has_sequence(dataset) or table.column("sequence").null_count:
        return None
    numbers = table.column("sequence").to_numpy()
    if (np.diff(numbers) >= 0).all():
        return None
    return np.argsort(numbers, kind="stable")


class _Names(Sequence[str]):
    """The gatherer's name of each row, made when asked for: of a million rows hardly any is
    refused.
    """

    def __init__(self, numbers: Int64s, names: Sequence[str]) -> None:
        self._numbers, self._names = numbers, names

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[str]: ...
    def __getitem__(self, row: int | slice) -> str | Sequence[str]:
        if isinstance(row, slice):
            return _Names(self._numbers[row], self._names)
        return self._names[int(self._numbers[row])]


class _Numbers(Sequence[int]):
    """The position of each row, likewise."""

    def __init__(self, numbers: Int64s) -> None:
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers.tolist())

    @overload
    def __getitem__(self, row: int) -> int: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[int]: ...
    def __getitem__(self, row: int | slice) -> int | Sequence[int]:
        return _Numbers(self._numbers[row]) if isinstance(row, slice) else int(self._numbers[row])
