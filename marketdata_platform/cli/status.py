"""`marketdata status`: what the store holds, what is missing, and what is out of date."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from marketdata_platform.cli.choose import instruments_named
from marketdata_platform.cli.screen import console, count, size, table
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform import Platform
from marketdata_platform.platform import open as open_platform
from marketdata_platform.workflows.status import Status, status_of


def status(
    *,
    instrument: Annotated[list[str] | None, Parameter(help="venue:market:symbol; none: all")] = None,
    json_: Annotated[bool, Parameter(name="--json", help="One JSON object a line", negative=())] = False,
) -> None:
    """Coverage, gaps, quarantine and checkpoints of each instrument, from the store's bookkeeping."""
    platform = open_platform()
    with platform.store.session():
        found = [(one, _status(platform, one)) for one in instruments_named(platform, instrument)]
    if json_:
        for one, state in found:
            sys.stdout.write(json.dumps({"instrument": str(one), **asdict(state)}, default=str) + "\n")
        return
    _print(platform, found)


def _status(platform: Platform, instrument: Instrument) -> Status:
    return status_of(platform.store, platform.archive, platform.derivations(instrument), instrument)


def _print(platform: Platform, found: list[tuple[Instrument, Status]]) -> None:
    shown = table(
        f"{platform.root}", "instrument", "first day", "last day", "days", "trades", "missing ids", "quarantine",
        "derived", "out of date", "archived", "store",
    )  # fmt: skip
    for instrument, state in found:
        missing = f"[yellow]{count(state.missing_ids)}[/]" if state.missing_ids else count(state.missing_ids)
        stale = f"[yellow]{count(state.stale)}[/]" if state.stale else "0"
        quarantined = f"[yellow]{count(state.quarantined)}[/]" if state.quarantined else "0"
        shown.add_row(
            str(instrument), str(state.first_day or "–"), str(state.last_day or "–"), count(state.days),
            count(state.trades), missing, quarantined, f"{state.derived}/{state.derivable}", stale,
            f"{state.archived}/{state.archivable}", size(platform.store_bytes(instrument)),
        )  # fmt: skip
    console.print(shown)
    console.print(
        "derived, out of date and archived count dataset-days; a dash: the venue's ids cannot tell", style="dim"
    )
    for instrument, state in found:
        for line in state.gaps[:5]:
            console.print(f"[yellow]gap[/] {instrument}: {line}")
        for reason, rows in list(state.quarantine_reasons.items())[:5]:
            console.print(f"[yellow]quarantine[/] {instrument}: {count(rows)} × {reason}", markup=True)
