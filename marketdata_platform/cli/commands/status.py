"""`marketdata status`: how live capture stands, what the store holds, what is missing, what is out
of date.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

from cyclopts import Parameter, validators
from rich.console import RenderableType

from marketdata_platform.cli.screen.choose import instruments_named
from marketdata_platform.cli.screen.live_tables import live_json, live_tables
from marketdata_platform.cli.screen.screen import console, count, json_line, plain, size, table
from marketdata_platform.cli.screen.watch import watch as watch_screen
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform import Platform
from marketdata_platform.platform import open as open_platform
from marketdata_platform.workflows.watching.live_status import (
    LiveGatherer,
    gap_counts,
    live_gatherers,
)
from marketdata_platform.workflows.watching.status import Status, status_of


def status(
    *,
    instrument: Annotated[
        list[str] | None, Parameter(help="venue:market:symbol; none: all", negative=())
    ] = None,
    json_: Annotated[
        bool, Parameter(name="--json", help="One JSON object per line", negative=())
    ] = False,
    watch: Annotated[
        bool, Parameter(help="Live capture only, again and again; q ends", negative=())
    ] = False,
    every: Annotated[
        float, Parameter(help="Seconds between, with --watch", validator=validators.Number(gt=0))
    ] = 1.0,
    times: Annotated[int | None, Parameter(help="End after so many, with --watch")] = None,
) -> None:
    """How live capture stands, and each instrument's coverage, gaps, quarantine and checkpoints.

    Live capture is read from the gatherers' heartbeats and landing's cursors, the rest from the
    store's bookkeeping.
    """
    platform = open_platform()
    if watch:
        watch_screen(lambda: _live(platform), every, times)
        return
    live = _gatherers(platform)
    running = any(one.heartbeat is not None for one in live)
    found: list[tuple[Instrument, Status]] = []
    if platform.instruments() or not running:
        # Of an empty store this says that it is empty, and what to do.
        named = instruments_named(platform, instrument)
        found = [(one, _status(platform, one)) for one in named]
    if json_:
        _print_json(found, live if running else [])
        return
    if running:
        console.print(_live(platform))
    if found:
        _print(platform, found)


def _print_json(found: list[tuple[Instrument, Status]], live: list[LiveGatherer]) -> None:
    for one, state in found:
        json_line({"instrument": str(one), **asdict(state)})
    for gatherer in live_json(live):
        json_line(gatherer)


def _gatherers(platform: Platform) -> list[LiveGatherer]:
    settings = platform.settings
    journals = {name: settings.journal_of(name) for name in settings.gatherers}
    stale = timedelta(seconds=settings.capture.heartbeat_stale_seconds)
    return live_gatherers(platform.store, journals, datetime.now(UTC), stale)


def _live(platform: Platform) -> RenderableType:
    with platform.store.session():
        return live_tables(
            _gatherers(platform),
            datetime.now(UTC),
            gap_counts(platform.store, platform.instruments()),
        )


def _status(platform: Platform, instrument: Instrument) -> Status:
    return status_of(platform.store, platform.archive, platform.derivations(instrument), instrument)


def _print(platform: Platform, found: list[tuple[Instrument, Status]]) -> None:
    names = (
        "instrument",
        "UTC days",
        "trades",
        "missing",
        "quarant.",
        "derived",
        "archived",
        "size",
    )
    shown = table(str(platform.root), *names)
    shown.columns[0].no_wrap, shown.columns[0].max_width = (
        False,
        18,
    )  # a long symbol must not push numbers out
    for instrument, state in found:
        days = (
            f"{state.first_day or '–'}\n{state.last_day}"
            if state.days > 1
            else str(state.first_day or "–")
        )
        stale = f"\n[yellow]{count(state.stale)} stale[/]" if state.stale else ""
        shown.add_row(
            f"{instrument.venue}:{instrument.market}:\n{instrument.symbol}",
            days, count(state.trades), _marked(state.missing_ids), _marked(state.quarantined),
            f"{state.derived}/{state.derivable}{stale}", f"{state.archived}/{state.archivable}",
            size(platform.store_bytes(instrument)),
        )  # fmt: skip
    console.print(shown)
    console.print(
        "missing: trade ids (–: not known from ids); derived and archived count dataset-days",
        style="dim",
    )
    for instrument, state in found:
        for line in state.gaps[:5]:
            console.print(f"[yellow]gap[/] {instrument}: {line}")
        for reason, rows in list(state.quarantine_reasons.items())[:5]:
            console.print(f"[yellow]quarantine[/] {instrument}: {count(rows)} × {plain(reason)}")


def _marked(number: int | None) -> str:
    return f"[yellow]{count(number)}[/]" if number else count(number)
