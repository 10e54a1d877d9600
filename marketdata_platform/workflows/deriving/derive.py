"""Derive: read a day's trades, fold, replace the day's rows, keep the state as a checkpoint.

A day's rows are a function of the raw trades since the series' start and of the parameters. So each
checkpoint carries the fingerprint of all that it depends on, chained through the state:
`H(parameters, state before, trades, gaps)`. The walk goes over the days in order, trusts every
checkpoint whose fingerprint still holds and folds again from the first that does not; when a
changed day ends in the same state as before, later days hold again. The order in which days are
asked for can therefore not change a number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl
import pyarrow as pa

from marketdata_platform.core.bars.day_input import DayInput
from marketdata_platform.core.datasets import CHECKPOINTS, dataset_named
from marketdata_platform.core.errors import SourceDropped
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.workflows.bookkeeping.day_frame import frame_of_day
from marketdata_platform.workflows.bookkeeping.record import Record, holes_of_day, open_record
from marketdata_platform.workflows.bookkeeping.retention_tombstones import forget_restored
from marketdata_platform.workflows.deriving.derivation import Derivation
from marketdata_platform.workflows.ports import Store

_START = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class DerivedDay:
    """What became of one dataset on one requested day."""

    dataset: str
    day: date
    rows: int
    computed: bool  # False: the checkpoint held, nothing was done


Progress = Callable[[date], None]


def derive(
    store: Store,
    instrument: Instrument,
    derivations: Mapping[str, Derivation],
    days: Iterable[date],
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> list[DerivedDay]:
    """Bring the given datasets of one instrument up to date on `days`.

    Days before the asked ones are folded (not written) where no valid checkpoint stands in for
    them; days that had been written and no longer hold are written again on the way. A day without
    trades gives no rows, and says so.

    Args:
        derivations: by dataset name, as `derivations()` builds them.
        force: fold the asked days again even where their checkpoint holds.
        progress: called after each asked day.

    Raises:
        SourceDropped: a day must be folded whose trades retention has deleted; what stands stays as
            it is.
    """
    asked = sorted(set(days))
    forget_restored(store, instrument)
    walk = _Walk(store, instrument, derivations.values())
    results = []
    for source in walk.days(asked):
        wanted = source.day in asked
        for series in walk.series:
            done = series.settle(source, wanted=wanted, force=force and wanted)
            results += [done] if wanted else []
        if wanted and progress:
            progress(source.day)
    return results


def stale_days(
    store: Store,
    instrument: Instrument,
    derivations: Mapping[str, Derivation],
    days: Iterable[date],
) -> dict[str, list[date]]:
    """The days of `days` on which each dataset is missing or no longer follows from the trades;
    nothing is folded.
    """
    asked = sorted(set(days))
    walk = _Walk(store, instrument, derivations.values())
    stale: dict[str, list[date]] = {name: [] for name in derivations}
    for source in walk.days(asked):
        for series in walk.series:
            if not series.pass_by(source) and source.day in asked:
                stale[series.derivation.dataset].append(source.day)
    return stale


class _DaySource:
    """One day's trades and gaps: read once however many datasets ask, and only when one does."""

    def __init__(self, store: Store, record: Record, day: date, digest: str) -> None:
        self.day, self.digest = day, digest
        self._store, self._record = store, record

    @cached_property
    def trades(self) -> pl.DataFrame:
        return frame_of_day(self._store, "trades", self._record.instrument, self.day)

    def require_trades(self) -> None:
        """Refuse to fold a day whose trades are gone.

        Raises:
            SourceDropped: what to do about it.
        """
        if self._record.dropped_on(self.day) is not None:
            raise SourceDropped(
                f"{self._record.instrument}: the trades of {self.day} were deleted by retention, "
                "and what was derived "
                "from them no longer fits the parameters, or the days before. Restore them from "
                "the archive "
                "(`marketdata restore`), then derive"
            )

    @cached_property
    def gaps(self) -> tuple[Window, ...]:
        return tuple(holes_of_day(self._store, self._record, self.day))

    @cached_property
    def input(self) -> DayInput:
        return DayInput(self.day, self.trades, self.gaps)


class _Walk:
    """The derivations of one instrument and the days they go over."""

    def __init__(
        self, store: Store, instrument: Instrument, derivations: Iterable[Derivation]
    ) -> None:
        self._store = store
        self._record = open_record(store, instrument)
        held = _checkpoints(store, instrument)
        self.series = [_Series(store, instrument, d, held.get(d.dataset, {})) for d in derivations]

    def days(self, asked: list[date]) -> Iterator[_DaySource]:
        """Every day with trades up to the last asked one, the asked ones, and what checkpoints
        remember of old days.
        """
        digests = {c.day: c.digest for c in self._record.known}
        for series in self.series:
            series.start_after(min(digests, default=None))
        for day in sorted(d for d in {*digests, *asked} if asked and d <= asked[-1]):
            yield _DaySource(self._store, self._record, day, digests.get(day, ""))


class _Series:
    """One derivation on its walk: the state after the last day it passed."""

    def __init__(
        self,
        store: Store,
        instrument: Instrument,
        derivation: Derivation,
        held: dict[date, dict[str, Any]],
    ) -> None:
        self.derivation = derivation
        self._store, self._instrument, self._held = store, instrument, held
        self._state: bytes | None = None
        self._state_digest: str | None = _START
        self._state_day: date | None = None  # set while the state's bytes are still in the store

    def start_after(self, first: date | None) -> None:
        """Start from the checkpoint of days whose raw trades retention has dropped, if there is
        one.
        """
        old = [
            d
            for d in self._held
            if first is not None and d < first and self._made_by_same_parameters(d)
        ]
        if old:
            self._rely_on(max(old))

    def pass_by(self, source: _DaySource) -> bool:
        """Go past the day on its checkpoint; True if that holds and the day's rows are written."""
        held = self._held.get(source.day)
        if held is None or held["fingerprint"] != self._fingerprint(source):
            self._state_digest = None
            return False
        self._rely_on(source.day)
        return held["rows"] is not None

    def settle(self, source: _DaySource, *, wanted: bool, force: bool) -> DerivedDay:
        """Bring the day up to date: trust its checkpoint, or fold, and write rows where they are
        wanted or were.
        """
        name, held = self.derivation.dataset, self._held.get(source.day)
        fingerprint = self._fingerprint(source)
        written = held is not None and held["rows"] is not None
        holds = held is not None and held["fingerprint"] == fingerprint and not force
        if held is not None and holds and (written or not wanted):
            self._rely_on(source.day)
            return DerivedDay(name, source.day, held["rows"], computed=False)
        rows, state = self._fold(source)
        self._write(source.day, rows if wanted or written else None, state, fingerprint)
        return DerivedDay(name, source.day, rows.height, computed=True)

    def _fold(self, source: _DaySource) -> tuple[pl.DataFrame, bytes]:
        """The day's rows and the state after it. A day without trades leaves no trace in the chain,
        whether it was asked for or not.
        """
        source.require_trades()
        before = self._before()
        rows, state = self.derivation.step(source.input, before)
        return rows, state if source.digest else before or b""

    def _fingerprint(self, source: _DaySource) -> str:
        gaps = source.gaps if self.derivation.sees_gaps else ()
        parts = (
            self.derivation.params_digest,
            self._state_digest,
            source.day,
            source.digest,
            *gaps,
        )
        chained = hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()
        return f"{self.derivation.params_digest}:{chained}"

    def _made_by_same_parameters(self, day: date) -> bool:
        return str(self._held[day]["fingerprint"]).startswith(self.derivation.params_digest)

    def _rely_on(self, day: date) -> None:
        self._state, self._state_day = None, day
        self._state_digest = self._held[day]["state_digest"]

    def _before(self) -> bytes | None:
        if self._state_day is not None:
            for row in _rows(
                self._store, self._instrument, Window.of_day(self._state_day), ["dataset", "state"]
            ):
                if row["dataset"] == self.derivation.dataset:
                    self._state = row["state"]
            self._state_day = None
        return self._state or None

    def _write(self, day: date, rows: pl.DataFrame | None, state: bytes, fingerprint: str) -> None:
        digest = hashlib.sha256(state).hexdigest()
        checkpoint = {
            "dataset": self.derivation.dataset,
            "day": day,
            "fingerprint": fingerprint,
            "state": state,
            "state_digest": digest,
            "rows": None if rows is None else rows.height,
        }
        row = pa.Table.from_pylist([checkpoint], schema=CHECKPOINTS.arrow_schema)
        if rows is None:
            self._store.append(CHECKPOINTS.name, self._instrument, row)
        else:
            table = _as_table(rows, self.derivation.dataset)
            companions = {CHECKPOINTS.name: row}
            self._store.replace(
                self.derivation.dataset,
                self._instrument,
                Window.of_day(day),
                table,
                companions=companions,
            )
        self._state, self._state_day, self._state_digest = state, None, digest


def _as_table(rows: pl.DataFrame, dataset: str) -> pa.Table:
    schema = dataset_named(dataset).arrow_schema
    return rows.select(schema.names).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema)


def _checkpoints(store: Store, instrument: Instrument) -> dict[str, dict[date, dict[str, Any]]]:
    """All checkpoints without their states, by dataset and day."""
    held: dict[str, dict[date, dict[str, Any]]] = {}
    for row in _rows(
        store, instrument, None, ["dataset", "day", "fingerprint", "state_digest", "rows"]
    ):
        held.setdefault(row["dataset"], {})[row["day"]] = row
    return held


def _rows(
    store: Store, instrument: Instrument, window: Window | None, columns: list[str]
) -> Iterator[dict[str, Any]]:
    for batch in store.read(CHECKPOINTS.name, instrument, window, columns=columns):
        yield from batch.to_pylist()
