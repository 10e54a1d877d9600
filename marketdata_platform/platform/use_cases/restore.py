"""Restore into a deployment's store from its archive.

Belongs here: which store, archive and parameters. Does not: what is restored, and how
(workflows.archiving.restore).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.workflows.archiving import restore as workflow
from marketdata_platform.workflows.archiving.restore import Derived, Deriving, RestoreResult
from marketdata_platform.workflows.archiving.restore_days import Progress


def restore(
    platform: Platform,
    *,
    instrument: Instrument | None = None,
    days: Collection[date] | None = None,
    datasets: Collection[str] | None = None,
    derived: Derived = "auto",
    progress: Progress | None = None,
    deriving: Deriving | None = None,
) -> RestoreResult:
    """Put what the archive holds into the store; see `workflows.archiving.restore.restore`.

    Raises:
        UnknownDataset: a dataset that there is not.
        ArchiveUnavailable: the archive does not answer; run the same again.
    """
    return workflow.restore(
        platform.store,
        platform.archive,
        derivations=platform.derivations,
        instrument=instrument,
        days=days,
        datasets=datasets,
        derived=derived,
        progress=progress,
        deriving=deriving,
    )
