"""Retention: delete what is older than configured, and nothing that is not archived, read back and
equal.

Belongs here: what may go of a store. Does not: journals (retain_journals), the proof itself
(proof).

Whole UTC days go, oldest first, up to the first that may not. A dataset that is configured not to
be archived (`archive.skip`) goes to the microsecond. Each dataset of an instrument goes in one
transaction that also checks that no row came in since the proof. So a run that is cut off leaves a
consistent store, and the next one goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketdata_platform.core.datasets import (
    CHECKPOINTS,
    DERIVED,
    TRADES,
    Dataset,
    Derived,
    Tier,
    dataset_named,
)
from marketdata_platform.core.datasets.meta import DELETABLE_META
from marketdata_platform.core.errors import MarketDataError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import EPOCH, Window
from marketdata_platform.workflows.archiving.proof import archived_and_verified
from marketdata_platform.workflows.bookkeeping.record import holes_of_day, open_record
from marketdata_platform.workflows.bookkeeping.retention_tombstones import (
    PARTLY,
    DroppedDay,
    remember_dropped,
)
from marketdata_platform.workflows.deriving.derivation import Derivation
from marketdata_platform.workflows.deriving.derive import stale_days
from marketdata_platform.workflows.ports import Archive, Coverage, Store

_DERIVED = frozenset(dataset.name for dataset in DERIVED)

Derivations = Callable[[Instrument], Mapping[str, Derivation]]


@dataclass(frozen=True, slots=True)
class Policy:
    """How long a dataset is kept, and whether it must be archived before it goes."""

    dataset: str
    keep: timedelta
    archived: bool = True


@dataclass(frozen=True, slots=True)
class Retained:
    """What became (or, in a dry run, would become) of the old part of something: rows of a dataset,
    or a journal.
    """

    what: str  # dataset, or `journal`
    whose: str  # instrument, or gatherer
    action: str  # delete | keep
    first: datetime | None  # from the oldest that is spoken of …
    before: datetime  # … to here, exclusive
    rows: int = 0  # rows, or segments of a journal
    bytes: int = 0
    reason: str = ""  # why it is kept, and what to do


def retain(
    store: Store,
    archive: Archive,
    policies: Iterable[Policy],
    *,
    now: datetime,
    apply: bool,
    derivations: Derivations,
    instruments: Sequence[Instrument] | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Retained]:
    """Delete (with `apply`) what is older than its policy says; without, say what would go. Both
    read the archive back.

    What cannot go is in the result with the reason, and stops nothing else.
    """
    done: list[Retained] = []
    chosen = store.instruments() if instruments is None else list(instruments)
    for policy in policies:
        for instrument in chosen:
            if progress:
                progress(f"{policy.dataset} {instrument}")
            done += _Case(
                store, archive, policy, instrument, now - policy.keep, apply, derivations
            ).settle()
    return done


@dataclass(frozen=True, slots=True)
class _Case:
    """One dataset of one instrument."""

    store: Store
    archive: Archive
    policy: Policy
    instrument: Instrument
    cutoff: datetime
    apply: bool
    derivations: Derivations

    def settle(self) -> list[Retained]:
        dataset = dataset_named(self.policy.dataset)
        try:
            if dataset.tier is Tier.META:
                return list(self._bookkeeping(dataset))
            days = sorted(self.store.coverage(dataset.name, self.instrument))
            old = [d for d in days if d.first_time < self.cutoff]
            if isinstance(dataset, Derived) and dataset.snapshot:
                # The newest day holds what is open still: gaps not filled, live zones.
                old = [d for d in old if d != days[-1]]
            if not old:
                return []
            return list(
                self._whole_days(dataset, old)
                if self.policy.archived
                else self._exactly(dataset, old)
            )
        except MarketDataError as error:  # one locked file, one broken day: the others still go
            return [
                self._retained("keep", None, self.cutoff, 0, f"{type(error).__name__}: {error}")
            ]

    def _whole_days(self, dataset: Dataset, old: list[Coverage]) -> Iterator[Retained]:
        """Days that are over and proved, oldest first."""
        ended = [d for d in old if Window.of_day(d.day).end <= self.cutoff]
        derived, reason = self._derived(dataset, ended)
        going: list[Coverage] = []
        for day in derived:
            place = (dataset.name, self.instrument, day.day)
            proof = archived_and_verified(self.archive, self.store, *place)
            if not proof or proof.digest != day.digest:
                reason = self._unproved(dataset, day, proof.reason)
                break
            going.append(day)
        if going:
            yield self._delete(dataset, going, Window.of_day(going[-1].day).end)
        kept = ended[len(going) :]
        if kept:
            rows = sum(day.rows for day in kept)
            yield self._retained(
                "keep", kept[0].first_time, Window.of_day(kept[-1].day).end, rows, reason
            )

    def _unproved(self, dataset: Dataset, day: Coverage, reason: str) -> str:
        if reason and self.archive.manifest(dataset.name, self.instrument, day.day) is None:
            return f"{day.day} is not archived yet: `marketdata backfill archive`"
        return f"{day.day} is not proved archived: {reason or 'rows came in meanwhile'}"

    def _exactly(self, dataset: Dataset, old: list[Coverage]) -> Iterator[Retained]:
        """Rows of a dataset that is not archived, to the microsecond."""
        derived, reason = self._derived(dataset, old)
        kept = old[len(derived) :]
        cutoff = Window.of_day(kept[0].day).start if kept else self.cutoff
        partly = derived and cutoff < Window.of_day(derived[-1].day).end
        if partly and kept_by_series(self.store, self.instrument, dataset):
            kept, derived = [*derived[-1:], *kept], derived[:-1]
            cutoff, reason = (
                Window.of_day(kept[0].day).start,
                "the day is not over, and is derived from",
            )
        if derived:
            yield self._delete(dataset, derived, cutoff)
        if kept:
            yield self._retained(
                "keep", kept[0].first_time, self.cutoff, sum(d.rows for d in kept), reason
            )

    def _derived(self, dataset: Dataset, days: list[Coverage]) -> tuple[list[Coverage], str]:
        """The leading days from which all that this deployment derives has been derived; why the
        next is not one.
        """
        used = series_in_use(self.store, self.instrument) if dataset is TRADES else set()
        if not used or not days:
            return days, ""
        made = {
            name: one for name, one in self.derivations(self.instrument).items() if name in used
        }
        stale = stale_days(self.store, self.instrument, made, [d.day for d in days])
        first = min((found[0] for found in stale.values() if found), default=None)
        if first is None:
            return days, ""
        names = ", ".join(sorted(name for name, found in stale.items() if first in found))
        reason = (
            f"{names} of {first} does not follow from these trades yet: `marketdata backfill "
            "derive` first"
        )
        return [d for d in days if d.day < first], reason

    def _delete(self, dataset: Dataset, days: list[Coverage], cutoff: datetime) -> Retained:
        rows = sum(day.rows for day in days)
        if self.apply:
            if dataset is TRADES:
                remember_dropped(self.store, self.instrument, self._dropped(days, cutoff))
            rows = self.store.drop_before(
                dataset.name, self.instrument, cutoff, known=days if self.policy.archived else None
            )
        return self._retained("delete", days[0].first_time, cutoff, rows)

    def _dropped(self, days: list[Coverage], cutoff: datetime) -> Iterator[DroppedDay]:
        record = open_record(self.store, self.instrument)
        for day in days:
            if cutoff < Window.of_day(day.day).end:
                partly = Coverage(
                    day.instrument,
                    day.day,
                    day.rows,
                    day.first_time,
                    day.last_time,
                    None,
                    None,
                    PARTLY,
                )
                yield DroppedDay(partly)
            else:
                yield DroppedDay(day, tuple(holes_of_day(self.store, record, day.day)))

    def _bookkeeping(self, dataset: Dataset) -> Iterator[Retained]:
        if dataset not in DELETABLE_META or self.cutoff <= EPOCH:
            return
        window, rows, first = Window(EPOCH, self.cutoff), 0, None
        for batch in self.store.read(
            dataset.name, self.instrument, window, columns=[dataset.time_column]
        ):
            rows += batch.num_rows
            moments = [batch.column(0)[0].as_py()] if batch.num_rows else []
            first = min([*moments, *([first] if first else [])], default=None)
        if rows:
            if self.apply:
                rows = self.store.drop_before(dataset.name, self.instrument, self.cutoff)
            yield self._retained("delete", first, self.cutoff, rows)

    def _retained(
        self, action: str, first: datetime | None, before: datetime, rows: int, reason: str = ""
    ) -> Retained:
        return Retained(
            self.policy.dataset, str(self.instrument), action, first, before, rows, 0, reason
        )


def series_in_use(store: Store, instrument: Instrument) -> set[str]:
    """The derived datasets that this instrument has checkpoints of: what will be derived again
    tomorrow.
    """
    return {
        name
        for batch in store.read(CHECKPOINTS.name, instrument, columns=["dataset"])
        for name in batch.column(0).to_pylist()
        if name in _DERIVED
    }


def kept_by_series(store: Store, instrument: Instrument, dataset: Dataset) -> bool:
    """True if a day of `dataset` is still needed whole, because series are derived from it."""
    return dataset is TRADES and bool(series_in_use(store, instrument))
