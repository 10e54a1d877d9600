"""What a landing did, as a table and as values.

Belongs here: how `land` and `rebuild` show a result. Does not: landing.
"""

from __future__ import annotations

from typing import Any

from marketdata_platform.cli.screen.screen import console, count, plain, size, table
from marketdata_platform.workflows.landing.land import LandResult


def land_json(result: LandResult) -> dict[str, Any]:
    """The result as plain values."""
    return {
        "frames": result.frames,
        "inserted": result.inserted,
        "duplicates": result.duplicates,
        "conflicts": result.conflicts,
        "quarantined": result.quarantined,
        "gaps_opened": result.gaps_opened,
        "seconds": round(result.seconds, 3),
        "gatherers": {
            name: {
                "frames": one.frames,
                "bytes": one.bytes,
                "rows": one.rows,
                "alone": one.alone,
                "quarantined": one.quarantined,
                "position": one.position,
            }
            for name, one in result.by_gatherer.items()
        },
        "counts": dict(result.counts),
        "days": {
            str(instrument): sorted(day.isoformat() for day in days)
            for instrument, days in sorted(result.days.items())
        },
    }


def print_landed(result: LandResult) -> None:
    """A line per gatherer, and what became of all of it."""
    shown = table(
        "Landed", "gatherer", "frames", "bytes", "rows", "only here", "quarant.", "position"
    )
    for name, one in result.by_gatherer.items():
        shown.add_row(
            name,
            count(one.frames),
            size(one.bytes),
            count(one.rows),
            count(one.alone),
            count(one.quarantined),
            one.position or "–",
        )
    console.print(shown)
    rate = result.frames / result.seconds if result.seconds else 0.0
    console.print(
        f"{count(result.inserted)} rows are new, {count(result.duplicates)} were there or came "
        "more than once, "
        f"{count(result.conflicts)} contradict a stored one, {count(result.quarantined)} in "
        "quarantine; "
        f"{count(result.gaps_opened)} gaps opened"
    )
    console.print(
        f"{count(result.frames)} frames in {result.seconds:.1f} s, {rate:,.0f} per second",
        style="dim",
    )
    for name, frames in sorted(result.counts.items()):
        if name.startswith("unknown ") or name == "other":
            console.print(
                f"[yellow]unknown[/] {plain(name.removeprefix('unknown '))}: {count(frames)} "
                "frames, counted"
            )
