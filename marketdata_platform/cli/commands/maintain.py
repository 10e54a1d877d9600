"""`marketdata maintain`: what the store needs; `--apply` does it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from marketdata_platform.cli.screen.screen import console, errors, plain, size, table
from marketdata_platform.platform import open as open_platform
from marketdata_platform.platform.use_cases.maintain import maintain as maintain_store
from marketdata_platform.workflows.watching.maintain import MaintenanceFinding


def maintain(
    *,
    apply: Annotated[
        bool, Parameter(help="Do it. Without it nothing is done: a report", negative=())
    ] = False,
    json_: Annotated[
        bool, Parameter(name="--json", help="One JSON object per line", negative=())
    ] = False,
) -> int:
    """Look after the store while it is in use.

    DuckDB: files with much free room are written anew, smaller. PostgreSQL: statistics, bloated
    indexes (REINDEX CONCURRENTLY), partitions ahead, partitions that retention has emptied; sizes,
    chunks and compression are reported. Exit status 1 when something that was to be done could not
    be.
    """
    platform = open_platform()
    found: list[MaintenanceFinding] = []
    with errors.status("looking at the store"):
        for finding in maintain_store(platform, apply=apply):
            found.append(finding)
            if json_:
                sys.stdout.write(json.dumps({**asdict(finding), "applied": apply}) + "\n")
    if not json_:
        _print(found, apply)
    return 1 if apply and any(finding.waits for finding in found) else 0


def _print(found: list[MaintenanceFinding], apply: bool) -> None:
    if not found:
        console.print("The store is empty.")
        return
    shown = table("Maintenance", "what", "action", "size", "freeable", "finding", left=2, wrap=True)
    for one in found:
        mark = (
            one.action
            if one.action == "report"
            else f"{one.action}: {'done' if one.done else 'to do'}"
        )
        shown.add_row(
            plain(one.subject), mark, size(one.bytes), size(one.freeable), plain(one.text)
        )
    console.print(shown)
    if not apply and any(one.waits for one in found):
        console.print("A report: `marketdata maintain --apply` does it.", style="dim")
