"""`marketdata retain`: what is older than configured, and whether it may go; `--apply` deletes
it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from marketdata_platform.cli.screen.screen import (
    console,
    count,
    errors,
    json_line,
    plain,
    size,
    table,
)
from marketdata_platform.core.datasets import DATASETS
from marketdata_platform.core.errors import UnknownDataset
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.observe.redact import redacted_text
from marketdata_platform.platform import open as open_platform
from marketdata_platform.platform.use_cases.retain import retain as retain_in
from marketdata_platform.workflows.archiving.retain import Retained
from marketdata_platform.workflows.archiving.retain_journals import JOURNAL


def retain(
    *,
    apply: Annotated[
        bool, Parameter(help="Delete. Without it nothing is: a dry run", negative=())
    ] = False,
    dataset: Annotated[str | None, Parameter(help="One dataset, or `journal`; none: all")] = None,
    instrument: Annotated[
        str | None, Parameter(help="venue:market:symbol; none: all, and journals")
    ] = None,
    json_: Annotated[
        bool, Parameter(name="--json", help="One JSON object per line", negative=())
    ] = False,
) -> int:
    """Delete what is older than `[retention]` says, only where the archive was read back and equals
    the store.

    A dry run looks as closely as the real one: it reads the archive. Exit status 1 when something
    old had to stay.
    """
    if dataset is not None and dataset != JOURNAL and dataset not in DATASETS:
        raise UnknownDataset(
            f"{dataset[:60]!a} is no dataset, nor {JOURNAL}: `marketdata schema` lists them"
        )
    one = Instrument.parse(instrument) if instrument else None
    platform = open_platform()
    with errors.status("reading the archive") as shown:
        done = retain_in(
            platform,
            apply=apply,
            dataset=dataset,
            instrument=one,
            progress=lambda what: shown.update(plain(f"looking at {what}")),
        )
    if json_:
        for entry in done:
            reason = redacted_text(entry.reason)
            json_line({**asdict(entry), "reason": reason, "applied": apply})
    else:
        _print(done, apply)
    return 1 if any(entry.action == "keep" for entry in done) else 0


def _print(done: list[Retained], apply: bool) -> None:
    going = [entry for entry in done if entry.action == "delete"]
    if going:
        _print_going(going, "Deleted" if apply else "Would go")
    for entry in done:
        if entry.action == "keep":
            _print_kept(entry)
    if not done:
        console.print("Nothing is older than configured.")
    elif going and not apply:
        console.print("A dry run: `marketdata retain --apply` deletes.", style="dim")


def _print_going(going: list[Retained], title: str) -> None:
    shown = table(title, "what", "whose", "from", "before", "rows", left=4)
    for entry in going:
        amount = count(entry.rows)
        if entry.what == JOURNAL:
            amount = f"{entry.rows} segments, {size(entry.bytes)}"
        times = [f"{entry.first:%F}", f"{entry.before:%F %T}"]
        shown.add_row(entry.what, plain(entry.whose), *times, amount)
    console.print(shown)


def _print_kept(entry: Retained) -> None:
    rows = f"{entry.rows} segments" if entry.what == JOURNAL else f"{count(entry.rows)} rows"
    reason = plain(redacted_text(entry.reason))
    console.print(
        f"[yellow]kept[/] {entry.what} {plain(entry.whose)}: {rows} before {entry.before:%F}: "
        f"{reason}"
    )
