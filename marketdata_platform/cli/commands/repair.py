"""`marketdata repair`: fill open gaps from the venues' REST history."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from cyclopts import Parameter

from marketdata_platform.cli.screen.gap_tables import gap_json, gap_table
from marketdata_platform.cli.screen.screen import console, count, errors, json_line, progress
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform import Platform
from marketdata_platform.platform import open as open_platform
from marketdata_platform.platform.use_cases.repair import repair as repair_gaps
from marketdata_platform.workflows.gaps.repair import Repaired


def repair(
    *,
    instrument: Annotated[
        list[str] | None, Parameter(help="venue:market:symbol; none: all", negative=())
    ] = None,
    json_: Annotated[
        bool, Parameter(name="--json", help="One JSON object per line", negative=())
    ] = False,
) -> int:
    """Fill open gaps: from what gatherers recorded but was not landed, then from the venues' REST
    history.

    What a venue gives is journaled, landed and compared: a gap is `repaired` when its records are
    in the store, `irreparable` when the venue does not have them, and stays open when it could not
    be asked. Exit status 3: some could not be asked; run it again later.
    """
    platform = open_platform()
    done: list[Repaired] = []
    for chosen in _named(instrument):
        done += _with_progress(platform, chosen, quiet=json_)
    if json_:
        _print_json(done)
    else:
        _print(done)
    waiting = [one for one in done if one.gap.status == "open"]
    if waiting:
        errors.print(
            f"{count(len(waiting))} gap(s) stay open: {waiting[0].gap.reason}", markup=False
        )
    return 3 if waiting else 0


def _named(texts: list[str] | None) -> list[Instrument | None]:
    """The instruments, each asked for alone; [None]: all together."""
    if not texts:
        return [None]
    return [Instrument.parse(name) for text in texts for name in text.split(",")]


def _print_json(done: list[Repaired]) -> None:
    for one in done:
        json_line({**gap_json(one.gap), "found": one.found, "still_missing": one.still_missing})


def _with_progress(platform: Platform, chosen: Instrument | None, *, quiet: bool) -> list[Repaired]:
    if quiet or not console.is_terminal:
        return repair_gaps(platform, instrument=chosen)
    with progress() as bar:
        task = bar.add_task("gaps", total=None)

        def show_progress(one: Repaired, done: int, total: int) -> None:
            bar.update(task, description=f"{one.gap.instrument}", completed=done, total=total)

        return repair_gaps(platform, instrument=chosen, progress=show_progress)


def _print(done: list[Repaired]) -> None:
    if not done:
        console.print("no gap is open")
        return
    console.print(gap_table("repairs", [one.gap for one in done]))
    by_status = Counter(one.gap.status for one in done)
    verdicts = ", ".join(
        f"{count(by_status[name])} {name}" for name in ("repaired", "irreparable", "open")
    )
    console.print(
        f"{verdicts}; {count(sum(one.found for one in done))} record(s) found", style="dim"
    )
