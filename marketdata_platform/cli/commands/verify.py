"""`marketdata verify`: the archive re-read, against its manifests and the store."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from cyclopts import Parameter

from marketdata_platform.cli.screen.choose import chosen_days
from marketdata_platform.cli.screen.screen import console, count, plain, progress, table
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform import open as open_platform
from marketdata_platform.workflows.archiving.verify import FROZEN, NOT_ARCHIVED, Verified
from marketdata_platform.workflows.archiving.verify import verify as verify_archive

_WAITING = {
    FROZEN: "are in cold storage: `marketdata restore --thaw`",
    NOT_ARCHIVED: "of the store are not archived yet: `marketdata backfill archive`",
}


def verify(
    *,
    instrument: Annotated[str | None, Parameter(help="venue:market:symbol; none: all")] = None,
    dataset: Annotated[str | None, Parameter(help="One dataset; none: all")] = None,
    first: Annotated[
        date | None, Parameter(name="--from", help="First UTC day; none: from the start")
    ] = None,
    last: Annotated[
        date | None, Parameter(name="--to", help="Last UTC day, included; none: to the end")
    ] = None,
) -> int:
    """Re-read every archived day: sha256, rows, key range, schema, and each value against the
    store.

    Exit status 1 when anything differs; days of the store that are not archived yet are listed, not
    failed.
    """
    platform = open_platform()
    one = Instrument.parse(instrument) if instrument else None
    days = chosen_days(platform, first, last)
    with progress() as bars, platform.store.session():
        task = bars.add_task("re-reading the archive", total=None)
        verdicts = verify_archive(
            platform.store,
            platform.archive,
            dataset=dataset,
            instrument=one,
            days=days,
            progress=lambda done, total: bars.update(task, completed=done, total=total),
        )
    return report(verdicts)


def report(verdicts: list[Verified]) -> int:
    """Print the verdicts in short; the exit status."""
    good = [v for v in verdicts if v.ok]
    rows = sum(v.rows for v in good)
    console.print(
        f"[green]{len(good)}[/] archived dataset-days equal manifest and store ({count(rows)} rows)"
    )
    for problem, advice in _WAITING.items():
        number = sum(v.problem == problem for v in verdicts)
        if number:
            console.print(f"[yellow]{number}[/] dataset-days {advice}")
    failed = [v for v in verdicts if v.failed]
    if failed:
        _print_failed(failed)
    return 1 if failed else 0


def _print_failed(failed: list[Verified]) -> None:
    shown = table("Failed", "dataset", "instrument", "day", "problem", left=4, wrap=True)
    for verdict in failed[:50]:
        place = [str(verdict.instrument or ""), str(verdict.day or "")]
        shown.add_row(verdict.dataset, *place, plain(verdict.problem or ""))
    console.print(shown)
    console.print(
        f"[red]{len(failed)} failed.[/] Archive a day again with `marketdata backfill archive "
        "--force`."
    )
