"""What lies in an archive in an object store: folders, and the objects in them that are ours.

Belongs here: going over keys. Does not: what a day holds, leftovers.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import PurePosixPath

from marketdata_platform.archive.archive_verbs import Folders
from marketdata_platform.archive.days import starts_of
from marketdata_platform.archive.paths import HOURS_TREE, TREES
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.objects import Bucket, Entry


def folders_in(
    bucket: Bucket, dataset: str | None, instrument: Instrument | None, *, hours: bool
) -> Folders:
    """Every folder of days, or of hours, of the dataset and instrument (None: of all)."""
    starts = starts_of(dataset, instrument, hours=hours)
    if dataset is None and instrument is None:
        # Others may keep things in the same bucket, shipped journals for one: only our own trees
        # are looked at.
        starts = [HOURS_TREE] if hours else list(TREES)
    for start in starts:
        for folder, entries in groupby(bucket.entries(str(start)), _folder_of):
            names = sorted(entry.key.rpartition("/")[2] for entry in entries)
            yield PurePosixPath(folder), names


def _folder_of(entry: Entry) -> str:
    return entry.key.rpartition("/")[0]
