"""Landing: what the gatherers recorded goes into the store, each record once, with cursors in the
same transaction.

Belongs here: the order of the steps, and what survives a kill between any two of them. Does not:
recognising equal frames (frames), decoding (decode), holes (workflows.gaps).

A round is a batch of every gatherer. Its rows are committed an instrument at a time, each with that
instrument's cursors; the deployment's cursors move after the last. Killed in between, the next
landing reads the round again, and passes over what an instrument's own cursor says is there.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pyarrow as pa

from marketdata_platform.core.ahead import ahead
from marketdata_platform.core.batch import Batch
from marketdata_platform.core.datasets import CLOCKS, CURSORS, IMPORTS, QUARANTINE, dataset_named
from marketdata_platform.core.instrument import Instrument, gatherer_home
from marketdata_platform.workflows.bookkeeping.cursors import (
    Cursor,
    cursor_of,
    cursor_rows,
    cursors_of,
)
from marketdata_platform.workflows.bookkeeping.ingest_state import read_pending, write_pending
from marketdata_platform.workflows.bookkeeping.recorded_spans import stretch_row, stretched
from marketdata_platform.workflows.gaps.finding import Settling, find_gaps, newly_opened, touch
from marketdata_platform.workflows.landing.batch import ForInstrument, without_landed
from marketdata_platform.workflows.landing.decode import RefusedFrame, quarantine_row
from marketdata_platform.workflows.landing.filters import of_one_kind
from marketdata_platform.workflows.landing.frames import position_of_text
from marketdata_platform.workflows.landing.rounds import LandOptions, Round, rounds
from marketdata_platform.workflows.ports import Addition, Appended, RowBatch, Source, Store


@dataclass(slots=True)
class Landed:
    """What became of one gatherer's recording. `rows` are all that its frames gave, heard by others
    too or not.
    """

    frames: int = 0
    bytes: int = 0
    rows: int = 0
    alone: int = 0  # of these, rows that no other gatherer of the round had
    quarantined: int = 0  # frames, and stretches of its journal that cannot be read
    position: str = ""


@dataclass(slots=True)
class LandResult:
    """What a landing did. Every row is new, a duplicate (of another gatherer's, or stored before),
    or in quarantine.
    """

    frames: int = 0
    inserted: int = 0
    duplicates: int = 0
    conflicts: int = 0
    quarantined: int = 0  # conflicts, refused rows and frames
    gaps_opened: int = 0
    by_gatherer: dict[str, Landed] = field(default_factory=dict)
    counts: Counter[str] = field(
        default_factory=Counter
    )  # different frames by type; `unknown …` as often as heard
    days: dict[Instrument, set[date]] = field(default_factory=dict)
    seconds: float = 0.0


def land(
    store: Store,
    sources: Sequence[Source],
    options: LandOptions,
    *,
    now: Callable[[], datetime],
    progress: Callable[[LandResult], None] | None = None,
) -> LandResult:
    """Land what is in `sources` beyond their cursors, up to their present ends.

    Raises:
        StoreLocked, StoreUnavailable: nothing is lost: the next landing goes on from the last
            cursor.
    """
    started = time.perf_counter()
    result = LandResult(by_gatherer={source.name: Landed() for source in sources})
    with store.session():
        cursors = {source.name: cursor_of(store, source.name) for source in sources}
        reached = {
            name: (cursors.get(name) or cursor_of(store, name)).ts_recv
            for name in options.gatherers or cursors
        }
        landing = _Landing(store, cursors, reached, now, result)
        for one in ahead(rounds(sources, cursors, options)):
            landing.commit(one)
            result.seconds = time.perf_counter() - started
            if progress is not None:
                progress(result)
        landing.find_gaps(options)
    result.seconds = time.perf_counter() - started
    return result


class _Landing:
    """One landing's commits."""

    def __init__(
        self,
        store: Store,
        cursors: Mapping[str, Cursor],
        reached: dict[str, datetime | None],
        now: Callable[[], datetime],
        result: LandResult,
    ) -> None:
        self._store, self._names, self._now, self._result = store, list(cursors), now, result
        self._begun = {name: _number(cursor) for name, cursor in cursors.items()}
        self._landed: dict[Instrument, dict[int, int]] = {}
        self._reached = reached
        self._pending = read_pending(store)
        self._killed, self._pending.under_way = self._pending.under_way, True
        self._noted = False

    def commit(self, one: Round) -> None:
        """Store a round: what to look through for holes, instruments with their cursors, the
        deployment's cursors.
        """
        for instrument, held in one.instruments.items():
            self._keep_one_kind(instrument, held)
        news = touch(self._pending, _batches(one)) | self._pending.lose(one.losses, one.listening)
        if news or not self._noted:
            write_pending(self._store, self._pending, self._now())
            self._noted = True
        for batch, name in one.row_batches:
            self._commit_rows(batch, one.cursors[name])
        for instrument, held in one.instruments.items():
            self._commit_instrument(instrument, held, one)
        at = self._now()
        for name, cursor in one.cursors.items():
            self._commit_cursor(name, cursor, one, at)
            self._account(name, one)
        self._result.counts.update(one.counts)
        self._result.quarantined += len(one.homeless)

    def _commit_cursor(self, name: str, cursor: Cursor, one: Round, at: datetime) -> None:
        companions = {CURSORS.name: cursor_rows([cursor], at, with_state=True)}
        if one.clocks.get(name):
            clocks = pa.Table.from_pylist(one.clocks[name], CLOCKS.arrow_schema)
            companions[CLOCKS.name] = clocks
        refused = [r for r in one.homeless if self._names[r.gatherer] == name]
        if refused:
            companions[QUARANTINE.name] = self._quarantine(refused, at)
        self._store.append_many(gatherer_home(name), [], companions=companions)
        if name in self._reached:
            self._reached[name] = cursor.ts_recv

    def find_gaps(self, options: LandOptions) -> None:
        """Bring the gap ledger up to date with what was stored."""
        if not self._pending.touched and not self._result.frames:
            return
        at = self._now()
        settling = Settling(at, timedelta(seconds=options.settle_seconds), self._reached)
        self._result.gaps_opened = newly_opened(find_gaps(self._store, self._pending, settling), at)
        self._pending.under_way = False
        write_pending(self._store, self._pending, at)

    def _account(self, name: str, one: Round) -> None:
        landed, read = self._result.by_gatherer[name], one.read[name]
        landed.frames += read.frames
        landed.bytes += read.bytes
        landed.rows += read.rows
        landed.alone += read.alone
        landed.position = one.cursors[name].position or ""
        landed.quarantined += sum(
            self._names[refused.gatherer] == name for refused in one.all_refused
        )
        self._result.frames += read.frames

    def _commit_instrument(self, instrument: Instrument, held: ForInstrument, one: Round) -> None:
        rows, refused = held.rows, held.refused
        landed = self._already(instrument)
        if landed:
            rows = [left for part in rows if (left := without_landed(part, landed)) is not None]
            refused = [r for r in refused if r.position >= landed.get(r.gatherer, 0)]
        at = self._now()
        companions = {CURSORS.name: cursor_rows(one.cursors.values(), at, with_state=False)}
        stretch = stretched(self._pending, instrument, [part.batch for part in held.rows])
        if stretch is not None:
            companions[IMPORTS.name] = stretch_row(stretch, at)
        if refused:
            companions[QUARANTINE.name] = self._quarantine(refused, at)
            self._result.quarantined += len(refused)
        additions = [part.addition(self._names) for part in rows]
        appended = self._store.append_many(instrument, additions, companions=companions)
        for part, count in zip(rows, appended, strict=True):
            self._add(instrument, count, part.copies, part.batch.coverage.keys())

    def _keep_one_kind(self, instrument: Instrument, held: ForInstrument) -> None:
        """Leave out trades that others count already, and say so."""
        kept = [of_one_kind(self._store, self._pending, instrument, part) for part in held.rows]
        held.rows = [part for part, _ in kept if part is not None]
        held.refused += [word for _, word in kept if word is not None]

    def _commit_rows(self, batch: RowBatch, cursor: Cursor) -> None:
        companions = {CURSORS.name: cursor_rows([cursor], self._now(), with_state=False)}
        addition = Addition(batch.dataset, batch.rows, cursor.gatherer)
        count = self._store.append_many(batch.instrument, [addition], companions=companions)[0]
        moments = {moment.date() for moment in batch.rows.column("ts_event").to_pylist()}
        self._add(batch.instrument, count, 0, moments)

    def _add(
        self, instrument: Instrument, count: Appended, copies: int, days: Iterable[date]
    ) -> None:
        result = self._result
        result.inserted += count.inserted
        result.duplicates += count.duplicates + copies
        result.conflicts += count.conflicts
        result.quarantined += count.conflicts + count.rejected
        if count.inserted:
            result.days.setdefault(instrument, set()).update(days)

    def _already(self, instrument: Instrument) -> dict[int, int]:
        """How far the instrument's own cursors are beyond the deployment's, by gatherer: it was
        killed in a round.
        """
        if not self._killed:
            return {}
        if instrument not in self._landed:
            own = cursors_of(self._store, instrument)
            ahead_of = {
                number: position
                for number, name in enumerate(self._names)
                if name in own and (position := _number(own[name])) > self._begun[name]
            }
            self._landed[instrument] = ahead_of
        return self._landed[instrument]

    def _quarantine(self, refused: Sequence[RefusedFrame], at: datetime) -> pa.Table:
        rows = [quarantine_row(one, self._names[one.gatherer], at) for one in refused]
        return pa.Table.from_pylist(rows, QUARANTINE.arrow_schema)


def _batches(one: Round) -> list[tuple[Instrument, Batch]]:
    """The rows of a round by instrument and dataset."""
    batches = [(who, rows.batch) for who, held in one.instruments.items() for rows in held.rows]
    return batches + [
        (part.instrument, Batch(dataset_named(part.dataset), part.rows))
        for part, _ in one.row_batches
    ]


def _number(cursor: Cursor) -> int:
    return position_of_text(cursor.position or "") or 0
