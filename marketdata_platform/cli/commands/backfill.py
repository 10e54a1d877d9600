"""`marketdata backfill`: assets × instruments × days through the real Dagster definitions, with
progress.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import dagster as dg
from cyclopts import Parameter

from marketdata_platform.cli.screen.choose import days_of_trades
from marketdata_platform.cli.screen.screen import console, progress
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.definitions import build_definitions
from marketdata_platform.defs import launch
from marketdata_platform.platform import Platform
from marketdata_platform.platform import open as open_platform


def backfill(
    *assets: str,
    instrument: Annotated[
        list[str] | None,
        Parameter(help="venue:market:symbol; repeat it; none: all stored", negative=()),
    ] = None,
    first: Annotated[
        date | None, Parameter(name="--from", help="First UTC day; none: the first with trades")
    ] = None,
    last: Annotated[
        date | None,
        Parameter(name="--to", help="Last UTC day, included; none: the last with trades"),
    ] = None,
    force: Annotated[bool, Parameter(help="Do again what is up to date", negative=())] = False,
) -> int:
    """Materialise assets for instruments and UTC days.

    ASSETS are names (`bar__kline`), groups (`bars`, `order_flow`) or `all`; none: all. An
    interrupted backfill is taken up by the same command: what is up to date is not done again.
    """
    definitions, platform = build_definitions(), open_platform()
    keys = launch.chosen_assets(definitions, assets or ("all",))
    wanted = (
        [Instrument.parse(n) for t in instrument for n in t.split(",")]
        if instrument
        else platform.instruments()
    )
    if not wanted:
        raise InvalidInput(
            f"the store at {platform.root} holds no instrument: run `marketdata import`, or name "
            "one with --instrument"
        )
    runs: list[launch.BackfillRun] = []
    for one, days in _days(platform, wanted, first, last).items():
        runs += run_with_bars(definitions, platform, keys, [one], days, force=force)
    return _closing(runs)


def _days(
    platform: Platform, instruments: Sequence[Instrument], first: date | None, last: date | None
) -> dict[Instrument, list[date]]:
    chosen = {}
    for instrument in instruments:
        traded = days_of_trades(platform, instrument) if first is None or last is None else []
        if not traded and (first is None or last is None):
            raise InvalidInput(
                f"{instrument} has no trades in the store: give --from and --to, or import some "
                "first"
            )
        chosen[instrument] = launch.days_between(platform, first or traded[0], last or traded[-1])
    return chosen


def run_with_bars(
    definitions: dg.Definitions,
    platform: Platform,
    assets: Sequence[dg.AssetKey],
    instruments: Sequence[Instrument],
    days: Sequence[date],
    *,
    force: bool = False,
) -> list[launch.BackfillRun]:
    """Run the backfill with one progress bar per instrument, which names the step at work."""
    steps = launch.steps_of(assets)
    with progress() as bars:
        ids = {str(i): bars.add_task(str(i), total=len(days) * len(steps)) for i in instruments}

        def listener(step: str, instrument: str, done: int) -> None:
            bars.update(ids[instrument], advance=done, description=f"{instrument} [dim]{step}[/]")
            if bars.tasks[ids[instrument]].finished:
                bars.update(ids[instrument], description=f"{instrument} [dim]done[/]")

        return list(
            launch.backfill(
                definitions, platform, assets, instruments, days, force=force, listener=listener
            )
        )


def _closing(runs: Sequence[launch.BackfillRun]) -> int:
    failed = [run for run in runs if not run.succeeded]
    if not runs:
        console.print("[green]Everything is up to date.[/] (--force does it again)")
        return 0
    days = sum(len(run.days) for run in runs)
    console.print(
        f"{len(runs)} run(s), {days} instrument-day(s): {len(runs) - len(failed)} succeeded, "
        f"{len(failed)} failed."
    )
    for run in failed:
        console.print(
            f"[red]failed[/] {run.instrument} {run.days[0]}..{run.days[-1]} (run {run.run_id})"
        )
        for line in run.failures[:5]:
            console.print(f"  {line}", markup=False)
    return 1 if failed else 0
