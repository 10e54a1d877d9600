"""`marketdata doctor`: environment, venues, configuration, locks and disk, each with what to do
when it is not well.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from marketdata_platform.cli.screen.screen import console, size
from marketdata_platform.core.errors import MarketDataError, StoreLocked
from marketdata_platform.platform import Platform, open_with
from marketdata_platform.settings import load_settings
from marketdata_platform.simulator.venues import all_simulated_venues
from marketdata_platform.venues import VENUES, Venue, all_venues
from marketdata_platform.venues.decoding import decoder_of

_LIBRARIES = (
    "dagster",
    "dagster-webserver",
    "duckdb",
    "psycopg",
    "polars",
    "pyarrow",
    "numba",
    "numpy",
)
_LOW_DISK_BYTES = 5 * 2**30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `ok`, `note` or `problem`."""

    level: str
    subject: str
    text: str


def doctor() -> int:
    """Look at everything that commonly goes wrong; exit status 1 when something is."""
    marks = {"ok": "[green]ok[/]     ", "note": "[yellow]note[/]   ", "problem": "[red]problem[/]"}
    problems = 0
    for finding in _findings():
        problems += finding.level == "problem"
        console.print(f"{marks[finding.level]} [bold]{finding.subject}[/]  ", end="")
        console.print(finding.text, markup=False, soft_wrap=True)
    console.print("All is well." if not problems else f"{problems} problem(s).")
    return 1 if problems else 0


def _findings() -> Iterator[Finding]:
    yield _python()
    yield from _libraries()
    yield from _venues()
    try:
        settings = load_settings()
        impatient = settings.store.model_copy(update={"lock_timeout_seconds": 0.0})
        platform = open_with(settings.model_copy(update={"store": impatient}))
    except MarketDataError as error:
        yield Finding("problem", "configuration", str(error))
        return
    yield Finding(
        "ok",
        "configuration",
        f"root {platform.root}, partitions since {platform.settings.start_date}",
    )
    yield from _disk(platform.root)
    yield from _store(platform)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Finding("ok", "python", f"{version} at {sys.executable}, {cores} core(s)")


def _libraries() -> Iterator[Finding]:
    found, missing = [], []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    yield Finding("ok", "libraries", ", ".join(found))
    if missing:
        yield Finding("problem", "libraries", f"missing: {', '.join(missing)}; run `make setup`")


def _venues() -> Iterator[Finding]:
    """Ours, those of other packages, and those that cannot be loaded, with the reason."""
    ours, simulated = {venue.name for venue in VENUES}, all_simulated_venues()
    yield Finding("ok", "venues", ", ".join(sorted(ours)))
    for name, venue in all_venues().items():
        if name not in ours:
            yield _outside(venue, "simulated" if name in simulated else "not simulated")
    for name, reason in all_venues().failed.items():
        yield Finding("problem", f"venue {name}", reason)
    for name, reason in simulated.failed.items():
        yield Finding("problem", f"simulated venue {name}", reason)


def _outside(venue: Venue, simulated: str) -> Finding:
    subject, whence = f"venue {venue.name}", f"of another package, {simulated}"
    try:
        decoder_of(venue)
    except Exception as error:  # noqa: BLE001 - whatever foreign code raises is shown
        return Finding("problem", subject, f"{whence}; decoder {venue.decoder}: {error}")
    return Finding("ok", subject, whence)


def _disk(root: Path) -> Iterator[Finding]:
    place = next(p for p in (root, *root.parents) if p.exists())
    if not os.access(place, os.W_OK):
        yield Finding(
            "problem", "disk", f"{place} is not writable: choose another --root or MARKETDATA_ROOT"
        )
        return
    free = shutil.disk_usage(place).free
    level = "ok" if free > _LOW_DISK_BYTES else "problem"
    advice = "" if level == "ok" else ": free some, or move the root"
    yield Finding(level, "disk", f"{size(free)} free at {place}{advice}")


def _store(platform: Platform) -> Iterator[Finding]:
    try:
        instruments = platform.instruments()
    except MarketDataError as error:
        yield Finding("problem", "store", str(error))
        return
    yield Finding(
        "ok" if instruments else "note",
        "store",
        f"{len(instruments)} instrument(s)"
        + ("" if instruments else ": run `marketdata demo` or `marketdata import`"),
    )
    for instrument in instruments:
        try:
            platform.store.coverage("trades", instrument)
        except StoreLocked as error:
            yield Finding("note", f"lock {instrument}", str(error))
        except MarketDataError as error:
            yield Finding("problem", f"store {instrument}", str(error))
    for lock in sorted(platform.root.glob("data/**/*.duckdb.wal")):
        yield Finding(
            "note",
            "write-ahead log",
            f"{lock}: a writer is at work or was killed; the next open replays it",
        )
