"""`marketdata status`: what the store holds, what is missing, and what is out of date."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from marketdata_platform.cli.choose import instruments_named
from marketdata_platform.cli.screen import console, count, plain, size, table
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform import Platform
from marketdata_platform.platform import open as open_platform
from marketdata_platform.workflows.status import Status, status_of


def status(
    *,
    instrument: Annotated[list[str] | None, Parameter(help="venue:market:symbol; none: all", negative=())] = None,
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
    names = ("instrument", "UTC days", "trades", "missing", "quarant.", "derived", "archived", "size")
    shown = table(str(platform.root), *names)
    for instrument, state in found:
        days = f"{state.first_day or '–'}\n{state.last_day}" if state.days > 1 else str(state.first_day or "–")
        stale = f"\n[yellow]{count(state.stale)} stale[/]" if state.stale else ""
        shown.add_row(
            f"{instrument.venue}:{instrument.market}:\n{instrument.symbol}",
            days, count(state.trades), _marked(state.missing_ids), _marked(state.quarantined),
            f"{state.derived}/{state.derivable}{stale}", f"{state.archived}/{state.archivable}",
            size(platform.store_bytes(instrument)),
        )  # fmt: skip
    console.print(shown)
    console.print(
        "missing: trade ids (–: the venue's cannot tell); derived and archived count dataset-days", style="dim"
    )
    for instrument, state in found:
        for line in state.gaps[:5]:
            console.print(f"[yellow]gap[/] {instrument}: {line}")
        for reason, rows in list(state.quarantine_reasons.items())[:5]:
            console.print(f"[yellow]quarantine[/] {instrument}: {count(rows)} × {plain(reason)}")


def _marked(number: int | None) -> str:
    return f"[yellow]{count(number)}[/]" if number else count(number)
