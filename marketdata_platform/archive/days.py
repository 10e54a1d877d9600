"""What every archive does alike, wherever its files lie: the manifest of what was written, and
reading with suspicion.

Belongs here: steps between bytes, facts and rows. Does not: folders (folder.py), objects
(object_store.py).
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import BinaryIO, cast

import pyarrow as pa

from marketdata_platform.archive.parquet import read_rows, write_rows
from marketdata_platform.archive.paths import (
    HOURS,
    MANIFEST_FILE,
    dataset_path,
    instrument_path,
    partition_at,
)
from marketdata_platform.core.datasets import DATASETS, Tier, dataset_named
from marketdata_platform.core.errors import ArchiveMismatch
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.workflows.bookkeeping.day_stats import DayFacts, schema_version
from marketdata_platform.workflows.ports import Manifest, Partition

Check = Callable[[Iterator[pa.RecordBatch]], None]
DATA_NAME = re.compile(r"part-[0-9a-z]{1,32}\.parquet")
"""A manifest names a file beside itself, and nothing else: no path, no other name."""


def facts_of(partition: Partition) -> DayFacts:
    """Counts rows of the partition as they stream past."""
    window = None if partition.hour is None else partition.window
    return DayFacts(dataset_named(partition.dataset), partition.day, window)


def manifest_of(
    partition: Partition, facts: DayFacts, file: str, size: int, sha256: str, source_digest: str
) -> Manifest:
    """The manifest of a file that holds the rows which `facts` counted."""
    return Manifest(
        dataset=partition.dataset,
        instrument=str(partition.instrument),
        day=partition.day.isoformat(),
        file=file,
        rows=facts.rows,
        bytes=size,
        sha256=sha256,
        schema_version=schema_version(facts.dataset),
        first_time=facts.first_time,
        last_time=facts.last_time,
        first_key=facts.first_key,
        last_key=facts.last_key,
        source_digest=source_digest,
        hour=partition.hour,
    )


def check_named(manifest: Manifest, where: str) -> None:
    """Refuse a manifest that names a file elsewhere.

    Raises:
        ArchiveMismatch: it does.
    """
    if not DATA_NAME.fullmatch(manifest.file):
        raise ArchiveMismatch(f"the manifest beside {where} names another file: {manifest.file!r}")


def verified_rows(file: BinaryIO, manifest: Manifest, where: str) -> Iterator[pa.RecordBatch]:
    """The rows of `file`, after all its bytes were hashed and found to be the manifest's.

    Raises:
        ArchiveMismatch: they are not.
    """
    check_named(manifest, where)
    size = file.seek(0, os.SEEK_END)
    if size != manifest.bytes:
        raise ArchiveMismatch(
            f"{where} has {size} bytes, its manifest says {manifest.bytes}: archive the day again"
        )
    file.seek(0)
    sha256 = hashlib.file_digest(cast(io.BufferedReader, file), "sha256").hexdigest()
    if sha256 != manifest.sha256:
        raise ArchiveMismatch(
            f"{where} has sha256 {sha256[:16]}…, its manifest says {manifest.sha256[:16]}…: "
            "archive the day again"
        )
    file.seek(0)
    yield from read_rows(file, dataset_named(manifest.dataset), where)


def check_rows(rows: Iterator[pa.RecordBatch], check: Check | None) -> None:
    """Hand the rows, as read back, to the caller's check; then read what it left: all of them must
    decode.
    """
    if check is not None:
        check(rows)
    for _ in rows:
        pass


def open_days_in(folders: Iterator[tuple[PurePosixPath, list[str]]]) -> Iterator[Partition]:
    """The days of which these folders, in path order, hold hours."""
    last: Partition | None = None
    for folder, names in folders:
        partition = partition_at(folder)
        if partition is None or MANIFEST_FILE not in names:
            continue
        day = replace(partition, hour=None)
        if day != last:
            yield day
        last = day


def ledger_bytes(dataset: str, rows: pa.Table) -> bytes:
    """The file that holds a copy of bookkeeping."""
    sink = io.BytesIO()
    write_rows(sink, dataset_named(dataset), iter(rows.to_batches()))
    return sink.getvalue()


def ledger_rows(dataset: str, data: bytes, where: str) -> pa.Table:
    """The rows in such a file; its pages carry checksums.

    Raises:
        ArchiveMismatch: it is damaged, or of another schema.
    """
    record = dataset_named(dataset)
    return pa.Table.from_batches(
        read_rows(io.BytesIO(data), record, where), schema=record.arrow_schema
    )


def starts_of(
    dataset: str | None, instrument: Instrument | None, *, hours: bool
) -> list[PurePosixPath]:
    """The folders below which partitions of the dataset and instrument lie (None: of all), in path
    order.
    """
    chosen = (
        [dataset_named(dataset)]
        if dataset
        else [d for d in DATASETS.values() if d.tier is not Tier.META]
    )
    if instrument is not None:
        starts = [instrument_path(d, instrument) for d in chosen]
    else:
        starts = [dataset_path(d) for d in chosen] if dataset else [PurePosixPath()]
    if hours:
        starts = [PurePosixPath(HOURS) / start for start in starts]
    return sorted(starts)
