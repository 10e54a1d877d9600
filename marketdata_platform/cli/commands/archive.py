"""`marketdata archive`: export, compact, list and clean the archive, its lifecycle rules, and
shipped journals.

Belongs here: what the terminal shows, and which days are meant. Does not: how a day is archived
(workflows).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from cyclopts import App, Parameter

from marketdata_platform.archive.lifecycle import lifecycle_rules
from marketdata_platform.cli.screen.screen import (
    console,
    count,
    errors,
    plain,
    progress,
    size,
    table,
)
from marketdata_platform.core.datasets import DATASETS, Tier, dataset_named
from marketdata_platform.core.errors import (
    ArchiveChanged,
    ArchiveMismatch,
    ArchiveWouldShrink,
    ConfigurationError,
)
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.objects import Bucket
from marketdata_platform.objects import lifecycle as bucket_rules
from marketdata_platform.platform import Platform
from marketdata_platform.platform import open as open_platform
from marketdata_platform.platform.gatherers.shipping import ship as ship_journals
from marketdata_platform.settings.durations import duration
from marketdata_platform.workflows.archiving.days import ArchiveOutcome, archive_day
from marketdata_platform.workflows.archiving.hours import compact_day, export_hours, last_hours
from marketdata_platform.workflows.ports import Partition

archive = App(
    name="archive", help="The archive: export, compact, lifecycle rules, shipped journals."
)

InstrumentName = Annotated[str | None, Parameter(help="venue:market:symbol; none: all")]
DatasetName = Annotated[str | None, Parameter(name="--dataset", help="One dataset; none: all")]
First = Annotated[date | None, Parameter(name="--from", help="First UTC day; none: from the start")]
Last = Annotated[
    date | None, Parameter(name="--to", help="Last UTC day, included; none: yesterday")
]


@archive.command
def export(
    *,
    instrument: InstrumentName = None,
    dataset: DatasetName = None,
    first: First = None,
    last: Last = None,
    hourly: Annotated[
        bool,
        Parameter(help="Raw hours of today that are over, in place of days that are", negative=()),
    ] = False,
    force: Annotated[
        bool, Parameter(help="Write also what is there as it is", negative=())
    ] = False,
) -> int:
    """Export days that are over, as the store has them; each is read back before readers can see
    it.

    With `--hourly`, the hours of the open day that are over. Running it again writes only what has
    changed.
    """
    platform = open_platform()
    now = datetime.now(UTC)
    datasets = [
        DATASETS[n]
        for n in _datasets(platform, dataset)
        if not hourly or DATASETS[n].tier is Tier.RAW or dataset
    ]
    done: Counter[str] = Counter()
    failed: list[str] = []
    with platform.store.session(), progress() as bars:
        wanted = _days(
            platform, [d.name for d in datasets], instrument, first, last, now, hourly=hourly
        )
        task = bars.add_task("exporting", total=len(wanted))
        for partition in wanted:
            bars.update(task, description=plain(partition))
            try:
                done.update(_exported(platform, partition, now, hourly=hourly, force=force))
            except (ArchiveMismatch, ArchiveWouldShrink, ArchiveChanged) as error:
                failed.append(f"{type(error).__name__}: {error}")
            bars.advance(task)
    outcome = (
        ", ".join(f"{count(number)} {what}" for what, number in sorted(done.items()))
        or "nothing to export"
    )
    console.print(f"{'Hours' if hourly else 'Dataset-days'}: {outcome}")
    return _print_failed(failed)


@archive.command
def compact(*, instrument: InstrumentName = None, dataset: DatasetName = None) -> int:
    """Make one file of the hours of each day that is over; the hours go once the day's file was
    read back.
    """
    platform = open_platform()
    now = datetime.now(UTC)
    kept: list[str] = []
    days = hours = 0
    with platform.store.session():
        for day in list(platform.archive.open_days(dataset, _instrument(instrument))):
            place = (day.dataset, day.instrument, day.day)
            done = compact_day(platform.store, platform.archive, *place, now=now)
            if done.kept:
                kept.append(f"{day}: {done.kept}")
            else:
                days, hours = days + 1, hours + done.hours
    console.print(f"{count(hours)} hours became {count(days)} dataset-days")
    for line in kept:
        console.print(f"[yellow]kept[/] {plain(line)}")
    return 0


@archive.command
def ls(*, instrument: InstrumentName = None, dataset: DatasetName = None) -> None:
    """What is archived: days, rows and bytes of each dataset and instrument."""
    platform = open_platform()
    held: dict[tuple[str, str], list[tuple[str, int, int]]] = defaultdict(list)
    for manifest in platform.archive.manifests(dataset, _instrument(instrument)):
        held[manifest.dataset, manifest.instrument].append(
            (manifest.day, manifest.rows, manifest.bytes)
        )
    names = ("dataset", "instrument", "UTC days", "days", "rows", "bytes")
    shown = table(f"Archive {_where(platform)}", *names, left=3)
    for (name, owner), days in sorted(held.items()):
        numbers = (count(len(days)), count(sum(d[1] for d in days)), size(sum(d[2] for d in days)))
        first, last = min(days)[0], max(days)[0]
        where, _, symbol = owner.rpartition(":") if owner.count(":") == 2 else (owner, "", "")
        named = f"{plain(where)}:\n{plain(symbol)}" if symbol else plain(owner)
        shown.add_row(name, named, first if first == last else f"{first}\n{last}", *numbers)
    console.print(shown)
    for day in platform.archive.open_days(dataset, _instrument(instrument)):
        hours = platform.archive.hours(day.dataset, day.instrument, day.day)
        console.print(f"open {plain(day)}: {len(hours)} hours, {hours[0]:02d} to {hours[-1]:02d}")


@archive.command
def clean(
    *,
    apply: Annotated[
        bool, Parameter(help="Remove. Without it nothing is: a dry run", negative=())
    ] = False,
    older_than: Annotated[
        str, Parameter(help="Leave what is younger: an exporter may be at work")
    ] = "24h",
) -> None:
    """Leftovers of exporters that died: drafts, superseded files, unfinished uploads."""
    try:
        age = duration(older_than)
    except ValueError as error:
        raise ConfigurationError(f"--older-than {error}") from None
    if not isinstance(age, timedelta):
        raise ConfigurationError("--older-than is a duration such as 24h")
    platform = open_platform()
    limit = datetime.now(UTC) - age
    found = [one for one in platform.archive.leftovers() if one.modified <= limit]
    for one in found:
        console.print(
            f"{one.kind:10} {size(one.bytes):>10}  {one.modified:%F %T}  {plain(one.path)}",
            soft_wrap=True,
        )
        if apply:
            platform.archive.remove(one)
    verb = "removed" if apply else "would go: `marketdata archive clean --apply`"
    console.print(
        f"{count(len(found))} leftovers {verb}"
        if found
        else f"No leftovers older than {older_than}."
    )


@archive.command
def lifecycle(
    *,
    apply: Annotated[
        bool, Parameter(help="Set them. Without it they are only shown", negative=())
    ] = False,
) -> int:
    """Storage classes in the bucket: raw → GLACIER after 30 days, processed → STANDARD_IA after 90.

    Aggregates stay in Standard, unfinished uploads are aborted after 7 days, and rules of others
    are kept as they are.
    """
    platform = open_platform()
    section = platform.settings.archive
    if section.url is None or not section.url.startswith("s3://"):
        raise ConfigurationError(
            f"the archive {_where(platform)} is a folder: lifecycle rules are an object store's"
        )
    bucket = Bucket(section.url, section)
    wanted = lifecycle_rules(bucket.address.prefix)
    changes, others = bucket_rules.planned(bucket, wanted)
    if apply:
        bucket_rules.apply(bucket, wanted)
    for change in changes:
        rule = f"{plain(change.wanted['ID'])}: {plain(_spelled(change.wanted))}"
        console.print(f"{_state(change, apply):9} {rule}", soft_wrap=True)
    for other in others:
        console.print(f"{'kept':9} {plain(other.get('ID', '(no name)'))}", soft_wrap=True)
    if not apply and any(change.differs for change in changes):
        console.print("Set them: `marketdata archive lifecycle --apply`", style="dim")
    return 0


def _state(change: bucket_rules.RuleChange, applied: bool) -> str:
    if not change.differs:
        return "as it is"
    if applied:
        return "set"
    return "other" if change.present else "missing"


@archive.command
def ship(
    *,
    gatherer: Annotated[
        list[str] | None, Parameter(help="A gatherer's name; none: all that ship")
    ] = None,
) -> int:
    """Copy sealed journal segments to each gatherer's `ship` address; what is there already is left
    alone.
    """
    platform = open_platform()
    with errors.status("shipping") as shown:
        done = ship_journals(
            platform,
            gatherer,
            progress=lambda name, at, of: shown.update(plain(f"shipping {name}: {at}/{of}")),
        )
    for name, shipped in done.items():
        target = plain(platform.settings.gatherers[name].ship)
        console.print(
            f"[bold]{plain(name)}[/]: {count(shipped.segments)} segments ({size(shipped.bytes)}) "
            f"to {target}, "
            f"{count(shipped.present)} were there",
            soft_wrap=True,
        )
    return 0


def _exported(
    platform: Platform, partition: Partition, now: datetime, *, hourly: bool, force: bool
) -> list[str]:
    place = (partition.dataset, partition.instrument, partition.day)
    if hourly:
        done = export_hours(platform.store, platform.archive, *place, until=now)
        return [
            str(ArchiveOutcome.WRITTEN if one.written else ArchiveOutcome.UNCHANGED) for one in done
        ]
    # Raw days are never forced: the archive may hold the only copy of rows that the store has lost.
    forced = force and dataset_named(partition.dataset).derived
    return [str(archive_day(platform.store, platform.archive, *place, force=forced).outcome)]


def _days(
    platform: Platform,
    datasets: list[str],
    instrument: str | None,
    first: date | None,
    last: date | None,
    now: datetime,
    *,
    hourly: bool,
) -> list[Partition]:
    """Days of the store: those that are over, or, hourly, those whose hours may be."""
    recent = last_hours(now)
    found = [
        Partition(name, coverage.instrument, coverage.day)
        for name in datasets
        for coverage in platform.store.coverage(name, _instrument(instrument))
        if coverage.rows and (coverage.day in recent if hourly else coverage.day < now.date())
    ]
    return [
        p for p in found if (first is None or p.day >= first) and (last is None or p.day <= last)
    ]


def _datasets(platform: Platform, dataset: str | None) -> list[str]:
    if dataset is not None:
        return [dataset_named(dataset).name]
    skipped = platform.settings.archive.skip
    return [
        name for name, one in DATASETS.items() if one.tier is not Tier.META and name not in skipped
    ]


def _instrument(name: str | None) -> Instrument | None:
    return Instrument.parse(name) if name else None


def _where(platform: Platform) -> str:
    bucket = getattr(platform.archive, "bucket", None)
    return str(bucket.address if bucket is not None else getattr(platform.archive, "folder", ""))


def _spelled(rule: dict[str, Any]) -> str:
    for move in rule.get("Transitions", []):
        return f"to {move['StorageClass']} after {move['Days']} days"
    return "unfinished uploads are aborted after 7 days"


def _print_failed(failed: list[str]) -> int:
    for line in failed[:50]:
        console.print(f"[red]failed[/] {plain(line)}", soft_wrap=True)
    return 1 if failed else 0
