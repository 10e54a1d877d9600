"""The verbs of `Store` that are the same for every engine: `append` is `append_many` of one, and
coverage is asked one instrument at a time.

Belongs here: what needs nothing of an engine but one transaction. Does not: SQL, locks, and the
verbs that an engine does in its own way.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

import polars as pl
import pyarrow as pa

from marketdata_platform.core.batch import Batch
from marketdata_platform.core.coverage import DayCoverage, covered
from marketdata_platform.core.datasets import QUARANTINE, Dataset, Tier, dataset_named
from marketdata_platform.core.dedup import RejectedRow
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.stores.rows import (
    Companions,
    as_coverage,
    bookkeeping,
    judged_additions,
    quarantined,
    rows_of,
    valid_companions,
)
from marketdata_platform.workflows.ports import Addition, Appended, Coverage


class StoreVerbs(ABC):
    """`append`, `append_many` and `coverage` over what an engine does."""

    @abstractmethod
    def instruments(self) -> list[Instrument]:
        """See `Store.instruments`."""

    @abstractmethod
    def _write(
        self,
        instrument: Instrument,
        additions: Sequence[tuple[Batch, Addition]],
        companions: Companions,
    ) -> list[Appended]:
        """Add these rows, then put the companions in place of those with their keys; all in one
        transaction, one result per addition.
        """

    @abstractmethod
    def _covered_days(self, dataset: Dataset, instrument: Instrument) -> Mapping[date, DayCoverage]:
        """The coverage of one instrument; empty where nothing is held."""

    def append(
        self,
        dataset: str,
        instrument: Instrument,
        rows: pa.Table | Batch,
        *,
        source: str = "",
        positions: Sequence[int] | None = None,
        companions: Mapping[str, pa.Table] | None = None,
    ) -> Appended:
        """See `Store.append`."""
        kind = dataset_named(dataset)
        if kind.tier is not Tier.META:
            one = Addition(dataset, rows, source, positions)
            return self.append_many(instrument, [one], companions=companions)[0]
        frame = bookkeeping(kind, rows_of(rows))
        self._write(instrument, [], [(kind, frame), *valid_companions(companions)])
        return Appended(inserted=len(frame))

    def append_many(
        self,
        instrument: Instrument,
        additions: Sequence[Addition],
        *,
        companions: Mapping[str, pa.Table] | None = None,
    ) -> list[Appended]:
        """See `Store.append_many`."""
        valid = valid_companions(companions)
        return self._write(instrument, judged_additions(additions), valid)

    def coverage(self, dataset: str, instrument: Instrument | None = None) -> list[Coverage]:
        """See `Store.coverage`."""
        kind = dataset_named(dataset)
        chosen = self.instruments() if instrument is None else [instrument]
        result: list[Coverage] = []
        for one in chosen:
            days = self._covered_days(kind, one)
            result.extend(as_coverage(one, day, held) for day, held in days.items())
        return sorted(result)


class KeptTables(Protocol):
    """What this module asks of the tables of one instrument."""

    def fetch(self, dataset: Dataset, columns: Sequence[str]) -> pa.Table:
        """All rows."""
        ...

    def coverage(self, dataset: Dataset) -> dict[date, DayCoverage]:
        """The kept coverage of all days."""
        ...

    def insert_missing(self, dataset: Dataset, rows: pl.DataFrame) -> None:
        """Add those rows whose key is not there."""
        ...


def covered_days(tables: KeptTables, dataset: Dataset) -> dict[date, DayCoverage]:
    """Coverage by day: kept for every dataset but bookkeeping, whose few rows are counted."""
    if dataset.tier is not Tier.META:
        return tables.coverage(dataset)
    return covered(dataset, pl.DataFrame(tables.fetch(dataset, dataset.arrow_schema.names)))


def put_into_quarantine(
    tables: KeptTables,
    batch: Batch,
    conflicts: Sequence[RejectedRow],
    addition: Addition,
    now: datetime,
) -> None:
    """Keep what a batch brought and the dataset did not take: broken rows and `conflicts`."""
    refused = [*conflicts, *batch.refused]
    if refused:
        source, positions = addition.source, addition.positions
        rows = quarantined(batch.dataset, refused, source, positions, now)
        tables.insert_missing(QUARANTINE, rows)
