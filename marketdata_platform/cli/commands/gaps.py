"""`marketdata gaps`: the gap ledger."""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import Annotated, Literal

from cyclopts import Parameter

from marketdata_platform.cli.screen.gap_tables import gap_json, gap_table
from marketdata_platform.cli.screen.screen import console, count
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform import open as open_platform
from marketdata_platform.platform.use_cases.land import gaps_of
from marketdata_platform.workflows.bookkeeping.gap_ledger import Gap

_SHOWN = 200  # on a screen; --json has all


def gaps(
    *,
    instrument: Annotated[
        list[str] | None, Parameter(help="venue:market:symbol; none: all", negative=())
    ] = None,
    status: Annotated[
        Literal["open", "repaired", "irreparable"] | None, Parameter(help="Only these; none: all")
    ] = None,
    json_: Annotated[
        bool, Parameter(name="--json", help="One JSON object a line", negative=())
    ] = False,
) -> None:
    """The gap ledger: what no gatherer saw, and what became of it.

    Landing opens a gap where ids, books or silence show one. `marketdata repair` tries to
    close it.
    """
    platform = open_platform()
    named = (
        [Instrument.parse(name) for text in instrument for name in text.split(",")]
        if instrument
        else [None]
    )
    found = [gap for one in named for gap in gaps_of(platform, one, status)]
    if json_:
        for gap in found:
            sys.stdout.write(json.dumps(gap_json(gap), default=str) + "\n")
        return
    _print(found)


def _print(found: list[Gap]) -> None:
    if not found:
        console.print("the ledger has no such gap")
        return
    shown = found[-_SHOWN:]
    console.print(gap_table("gaps", shown))
    by_status = Counter(gap.status for gap in found)
    counts = ", ".join(
        f"{count(by_status[name])} {name}" for name in ("open", "repaired", "irreparable")
    )
    left = (
        f"; the newest {count(_SHOWN)} are shown, --json has all" if len(shown) < len(found) else ""
    )
    console.print(f"{count(len(found))} gap(s): {counts}{left}", style="dim")
