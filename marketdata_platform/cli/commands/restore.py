"""`marketdata restore`: archived days back into the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from cyclopts import Parameter

from marketdata_platform.cli.screen.choose import chosen_days
from marketdata_platform.cli.screen.screen import console, count, plain, progress, table
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.defs.launch import instance_of, register
from marketdata_platform.platform import Platform
from marketdata_platform.platform import open as open_platform
from marketdata_platform.platform.use_cases.restore import restore as restore_into
from marketdata_platform.workflows.archiving.restore import Derived, RestoreResult
from marketdata_platform.workflows.archiving.restore_days import Put
from marketdata_platform.workflows.ports import Partition


def restore(
    *,
    instrument: Annotated[
        str | None, Parameter(help="venue:market:symbol; none: all that are archived")
    ] = None,
    dataset: Annotated[
        list[str] | None, Parameter(help="A dataset; may be given again; none: all")
    ] = None,
    first: Annotated[
        date | None, Parameter(name="--from", help="First UTC day; none: from the start")
    ] = None,
    last: Annotated[
        date | None, Parameter(name="--to", help="Last UTC day, included; none: to the end")
    ] = None,
    derived: Annotated[
        Derived,
        Parameter(help="Derived datasets: made again, from the archive, or none; auto: as fits"),
    ] = "auto",
    thaw: Annotated[
        int,
        Parameter(
            help="Ask for frozen days (GLACIER) to be readable for so many days; 0: only report"
        ),
    ] = 0,
) -> int:
    """Put archived days into the store: a day, an instrument, or everything.

    Each file is proved by its sha256 first. Rows that the store has are not added twice, nor
    replaced; a restore that was cut goes on where it was. Exit status 1 when a day could not be
    restored, or a rebuilt one differs.
    """
    one = Instrument.parse(instrument) if instrument else None
    if thaw < 0:
        raise InvalidInput("--thaw is a number of days")
    platform = open_platform()
    days = chosen_days(platform, first, last)
    with progress() as bars:
        task = bars.add_task("reading the archive", total=None)
        result = restore_into(
            platform,
            instrument=one,
            days=None if days is None else set(days),
            datasets=dataset,
            derived=derived,
            progress=lambda at, of, what: bars.update(
                task, completed=at, total=of, description=plain(what)
            ),
            deriving=lambda who, day: bars.update(task, description=plain(f"deriving {who} {day}")),
        )
        bars.update(
            task, completed=len(result.days), total=len(result.days), description="restored"
        )
    if held := platform.instruments():
        with instance_of(platform.root) as instance:
            register(instance, held)
    return _report(platform, result, thaw)


def _report(platform: Platform, result: RestoreResult, thaw: int) -> int:
    _print_restored(result)
    if result.rebuilt:
        console.print(
            f"[green]{count(result.rebuilt)}[/] derived dataset-days made again equal the archived "
            "ones"
        )
    failed = [(day.partition, day.problem) for day in result.of(Put.FAILED)]
    failed += result.unequal.items()
    if failed:
        _print_failed(failed)
    frozen = result.of(Put.FROZEN)
    if frozen:
        _tell_frozen(platform, [day.partition for day in frozen], thaw)
    return 1 if failed or frozen else 0


def _print_restored(result: RestoreResult) -> None:
    restored = result.of(Put.RESTORED)
    added = sum(day.appended.inserted for day in restored)
    known = sum(day.appended.duplicates for day in restored)
    conflicts = sum(day.appended.conflicts + day.appended.rejected for day in restored)
    console.print(
        f"[green]{count(len(restored))}[/] archived dataset-days restored: {count(added)} rows, "
        f"{count(known)} were there, {count(conflicts)} differ and are in quarantine; "
        f"{count(len(result.of(Put.PRESENT)))} days were whole"
    )


def _print_failed(failed: Sequence[tuple[Partition, str | None]]) -> None:
    shown = table("Failed", "dataset", "instrument", "day", "problem", left=4, wrap=True)
    for partition, problem in failed[:50]:
        place = [str(partition.instrument), str(partition.day)]
        shown.add_row(partition.dataset, *place, plain(problem))
    console.print(shown)


def _tell_frozen(platform: Platform, frozen: list[Partition], thaw: int) -> None:
    console.print(f"[yellow]{count(len(frozen))}[/] days are in cold storage.")
    if not thaw:
        console.print(
            "Ask for them with `marketdata restore --thaw 7`, and restore again in some hours."
        )
        return
    asked = [p for p in frozen if platform.archive.thaw(p.dataset, p.instrument, p.day, days=thaw)]
    console.print(
        f"{count(len(asked))} were asked for, to be readable for {thaw} days. Restore again in "
        "some hours."
    )
