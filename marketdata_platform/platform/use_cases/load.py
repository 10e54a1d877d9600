"""Bulk loads into a deployment's store: one file or several side by side.

Belongs here: opening files with the deployment's caps, workers. Does not: decoding (history), the
steps (workflows).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path

from marketdata_platform.core.errors import MarketDataError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.history import Caps, LoadFile, open_load
from marketdata_platform.history.loads import BATCH_ROWS
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.workflows.files.load import LoadProgress, LoadResult, load_file

Progress = Callable[[Path, LoadProgress], None]
Outcome = tuple[Path, LoadResult | MarketDataError]


def load(
    platform: Platform,
    path: Path | str,
    *,
    dataset: str | None = None,
    instrument: str | Instrument | None = None,
    batch_rows: int = BATCH_ROWS,
    allow_bad_checksum: bool = False,
    progress: Callable[[LoadProgress], None] | None = None,
) -> LoadResult:
    """Load one file; a load that was interrupted goes on where it was.

    Raises:
        InvalidInput, MixedGranularity: what is wrong with the file, or with it here; what to do.
    """
    one = Instrument.parse(instrument) if isinstance(instrument, str) else instrument
    imports = platform.settings.imports
    source: LoadFile = open_load(
        path,
        dataset=dataset,
        instrument=one,
        allow_bad_checksum=allow_bad_checksum,
        caps=Caps(max_bytes=imports.max_decompressed_bytes, max_ratio=imports.max_ratio),
        batch_rows=batch_rows,
    )
    return load_file(platform.store, source, now=lambda: datetime.now(UTC), progress=progress)


def load_all(
    platform: Platform,
    paths: Sequence[Path],
    *,
    dataset: str | None = None,
    instrument: str | Instrument | None = None,
    batch_rows: int = BATCH_ROWS,
    allow_bad_checksum: bool = False,
    workers: int = 2,
    progress: Progress | None = None,
) -> Iterator[Outcome]:
    """Load files side by side, `workers` at a time; each outcome as it comes. One refused file
    stops no other.
    """

    def one(path: Path) -> LoadResult:
        report = None if progress is None else lambda at: progress(path, at)
        return load(
            platform,
            path,
            dataset=dataset,
            instrument=instrument,
            batch_rows=batch_rows,
            allow_bad_checksum=allow_bad_checksum,
            progress=report,
        )

    with ThreadPoolExecutor(max(1, workers), thread_name_prefix="load") as pool:
        pending = {pool.submit(one, path): path for path in paths}
        for done in as_completed(pending):
            try:
                yield pending[done], done.result()
            except MarketDataError as error:
                yield pending[done], error
