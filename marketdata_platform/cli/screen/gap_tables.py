"""Gaps on the screen and as JSON.

Belongs here: columns and words. Does not: the ledger (workflows.gap_ledger).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from marketdata_platform.cli.screen.screen import count, plain, table
from marketdata_platform.workflows.bookkeeping.gap_ledger import Gap

_COLOURS = {"open": "yellow", "repaired": "green", "irreparable": "red"}


def gap_table(title: str, gaps: Sequence[Gap]) -> Table:
    """One gap per row."""
    shown = table(title, "gap", "of", "what is missing", "status", "tries", left=4)
    for gap in gaps:
        why = f"\n[dim]{plain(gap.reason)}[/]" if gap.reason else ""
        shown.add_row(
            gap.gap_id,
            f"{plain(gap.instrument)}\n{gap.dataset}",
            _missing(gap) + why,
            f"[{_COLOURS.get(gap.status, 'white')}]{gap.status}[/]",
            count(gap.attempts),
        )
    for column in shown.columns[1:3]:
        column.no_wrap = False
    return shown


def _missing(gap: Gap) -> str:
    day = f"{gap.from_time:%Y-%m-%d %H:%M:%S.%f}"[:-3]
    until = (
        f"{gap.to_time:%H:%M:%S.%f}"[:-3]
        if gap.to_time.date() == gap.from_time.date()
        else f"{gap.to_time:%F %T}"
    )
    if gap.first_missing is None:
        return f"{day} to {until}"
    many = f" ({count(gap.missing)})" if gap.missing is not None else ""
    ids = (
        str(gap.first_missing)
        if gap.first_missing == gap.last_missing
        else f"{gap.first_missing}–{gap.last_missing}"
    )
    return f"{ids}{many}\n{day} to {until}"


def gap_json(gap: Gap) -> dict[str, Any]:
    """A gap as its columns, the instrument as text."""
    return {**asdict(gap), "instrument": str(gap.instrument)}
