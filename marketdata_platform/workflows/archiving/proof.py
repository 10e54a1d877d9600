"""Whether one day may be deleted from the store: the archive's bytes are read back and equal it,
value by value.

Belongs here: the proof that retention asks for. Does not: deleting (retention), exporting
(days).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from marketdata_platform.core.datasets import dataset_named
from marketdata_platform.core.errors import ArchiveFrozen, ArchiveUnavailable
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.workflows.archiving.verify import verified_day
from marketdata_platform.workflows.bookkeeping.day_stats import schema_version
from marketdata_platform.workflows.ports import Archive, Coverage, Partition, Store


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found of one day; true if the archive holds it as the store has it. `digest`: the
    store's, of the rows that were proved.

    A caller that deletes compares it with the store's digest then: rows that came in meanwhile are
    not archived.
    """

    verified: bool
    reason: str  # why not, and what to do; empty when verified
    rows: int
    digest: str

    def __bool__(self) -> bool:
        return self.verified


def archived_and_verified(
    archive: Archive, store: Store, dataset: str, instrument: Instrument, day: date
) -> Proof:
    """Read the archived day back as it lies there (a remote one over the network) and compare it
    with the store.

    It is verified when its bytes have the manifest's sha256, count, bounds and schema are the
    manifest's, every value equals the store's, and the manifest was made of just these rows. A day
    of which the store has no rows is verified by the archive alone. What lies in cold storage
    cannot be read for hours: there the manifest has to say that it holds just these rows; it exists
    only because the bytes were read back and matched when they were written. Never raises for what
    the archive does: an archive that does not answer proves nothing.
    """
    partition = Partition(dataset, instrument, day)
    coverage = next(
        (c for c in store.coverage(dataset, instrument) if c.day == day and c.rows), None
    )
    digest = coverage.digest if coverage else ""
    try:
        verdict = verified_day(store, archive, partition, coverage)
    except ArchiveFrozen as error:
        return _of_frozen(archive, partition, coverage, str(error))
    except ArchiveUnavailable as error:
        return Proof(False, str(error), coverage.rows if coverage else 0, digest)
    return Proof(verdict.ok, verdict.problem or "", verdict.rows, digest)


def _of_frozen(
    archive: Archive, partition: Partition, coverage: Coverage | None, reason: str
) -> Proof:
    manifest = archive.manifest(partition.dataset, partition.instrument, partition.day)
    rows, digest = (coverage.rows, coverage.digest) if coverage else (0, "")
    if manifest is None or manifest.schema_version != schema_version(
        dataset_named(partition.dataset)
    ):
        return Proof(False, reason, rows, digest)
    if coverage is not None and (manifest.rows, manifest.source_digest) != (
        coverage.rows,
        coverage.digest,
    ):
        return Proof(
            False, f"the store has other rows than the archived day, and {reason}", rows, digest
        )
    return Proof(True, "", manifest.rows, digest)
