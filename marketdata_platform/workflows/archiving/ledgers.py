"""The bookkeeping that derived rows depend on, copied beside the archived trades and put back with
them.

Belongs here: which meta datasets, and how two copies become one. Does not: rows of a day
(days, restore).

Whether a bar is complete depends on what the sources vouch for (`imports`) and on what none heard
(`gaps`), not on the trades alone. The copy only grows: a store that has lost its bookkeeping must
not take the archive's with it.
"""

from __future__ import annotations

from contextlib import suppress

import polars as pl
import pyarrow as pa

from marketdata_platform.core.datasets import GAPS, IMPORTS, Dataset
from marketdata_platform.core.errors import ArchiveMismatch
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.workflows.ports import Archive, Store

LEDGERS = (IMPORTS, GAPS)


def archive_ledgers(store: Store, archive: Archive, instrument: Instrument) -> None:
    """Bring the archived copies up to date with the store's rows; nothing is written where nothing
    is new.

    A copy that cannot be read is written anew from the store.
    """
    for dataset in LEDGERS:
        ours = _rows(store, dataset, instrument)
        if not ours.num_rows:
            continue
        kept: pa.Table | None = None
        with suppress(ArchiveMismatch):
            kept = archive.ledger(dataset.name, instrument)
        wanted = _sorted(dataset, ours) if kept is None else _together(dataset, ours, kept)
        if kept is None or not wanted.equals(kept):
            archive.write_ledger(dataset.name, instrument, wanted)


def restore_ledgers(store: Store, archive: Archive, instrument: Instrument) -> int:
    """Put archived bookkeeping rows into the store where it has none with their key; how many.

    Raises:
        ArchiveMismatch: a copy cannot be read.
    """
    done = 0
    for dataset in LEDGERS:
        kept = archive.ledger(dataset.name, instrument)
        if kept is None:
            continue
        ours = _rows(store, dataset, instrument)
        missing = _without(dataset, kept, ours)
        if missing.num_rows:
            store.append(dataset.name, instrument, missing)
            done += missing.num_rows
    return done


def _rows(store: Store, dataset: Dataset, instrument: Instrument) -> pa.Table:
    return pa.Table.from_batches(store.read(dataset.name, instrument), schema=dataset.arrow_schema)


def _together(dataset: Dataset, ours: pa.Table, kept: pa.Table) -> pa.Table:
    """The store's rows, and those of the copy whose keys the store has not; by key, so that equal
    is equal.
    """
    return _sorted(dataset, pa.concat_tables([ours, _without(dataset, kept, ours)]))


def _without(dataset: Dataset, rows: pa.Table, others: pa.Table) -> pa.Table:
    left, right = pl.DataFrame(pl.from_arrow(rows)), pl.DataFrame(pl.from_arrow(others))
    return left.join(right, on=list(dataset.key), how="anti").to_arrow().cast(dataset.arrow_schema)


def _sorted(dataset: Dataset, rows: pa.Table) -> pa.Table:
    frame = pl.DataFrame(pl.from_arrow(rows)).sort(list(dataset.key))
    return frame.to_arrow().cast(dataset.arrow_schema)
