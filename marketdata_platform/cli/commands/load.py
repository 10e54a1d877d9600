"""`marketdata load`: files of any dataset into the store, in bulk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.progress import BarColumn, Progress, TextColumn

from marketdata_platform.cli.commands.import_files import named_files
from marketdata_platform.cli.screen.screen import console, count, errors, plain
from marketdata_platform.core.errors import MarketDataError
from marketdata_platform.defs.launch import instance_of, register
from marketdata_platform.platform import Platform
from marketdata_platform.platform import open as open_platform
from marketdata_platform.platform.use_cases.load import load_all
from marketdata_platform.workflows.files.load import LoadProgress, LoadResult


def load(
    *paths: Path,
    instrument: Annotated[
        str | None, Parameter(help="venue:market:symbol; none: as the files say")
    ] = None,
    dataset: Annotated[
        str | None, Parameter(help="What the files hold; none: recognised by their columns")
    ] = None,
    workers: Annotated[int, Parameter(help="Files loaded side by side")] = 2,
    batch_rows: Annotated[int, Parameter(help="Records a transaction")] = 131_072,
    allow_bad_checksum: Annotated[
        bool, Parameter(help="Load files whose CHECKSUM is wrong", negative=())
    ] = False,
) -> int:
    """Load files of any dataset: Databento DBN, venues' klines, Tardis quotes, and tables with our
    column names.

    Rows that are there already are not added twice; a load that was interrupted goes on where it
    was when the same command is run again. A folder stands for the files in it. Exit status 1 when
    a file was refused.
    """
    files = named_files(paths)
    platform = open_platform()
    results: list[LoadResult] = []
    refused = 0
    columns = [
        TextColumn("{task.description}"),
        BarColumn(bar_width=12),
        TextColumn("{task.percentage:>3.0f} %"),
    ]
    with Progress(*columns, TextColumn("{task.fields[rate]} rows/s"), console=console) as bars:
        tasks = {
            path: bars.add_task(plain(_short(path.name)), total=path.stat().st_size, rate="0")
            for path in files
        }

        def show_progress(path: Path, at: LoadProgress) -> None:
            bars.update(tasks[path], completed=at.bytes_done, rate=count(round(at.rows_per_second)))

        for path, outcome in load_all(
            platform,
            files,
            dataset=dataset,
            instrument=instrument,
            batch_rows=batch_rows,
            allow_bad_checksum=allow_bad_checksum,
            workers=workers,
            progress=show_progress,
        ):
            bars.update(tasks[path], completed=path.stat().st_size)
            if isinstance(outcome, MarketDataError):
                refused += 1
                errors.print(f"[bold red]refused[/] {type(outcome).__name__}", end=": ")
                errors.print(str(outcome), markup=False, soft_wrap=True)
            else:
                results.append(outcome)
    _summary(platform, results)
    return 1 if refused else 0


def _short(name: str) -> str:
    """A name that leaves room for the bar: its beginning and its end, which distinguish files of a
    series apart.
    """
    return name if len(name) <= 36 else f"{name[:17]}…{name[-18:]}"


def _summary(platform: Platform, results: list[LoadResult]) -> None:
    for result in sorted(results, key=lambda r: r.path):
        made = result.appended
        console.print(
            f"[bold]{plain(Path(result.path).name)}[/]: {result.format}, {count(result.records)} "
            "records"
        )
        if result.skipped:
            console.print(
                f"  {count(result.skipped)} were loaded before and left alone", style="dim"
            )
        for (dataset, instrument), rows in sorted(result.rows.items()):
            console.print(f"  {dataset} of {plain(instrument)}: {count(rows)} rows", soft_wrap=True)
        console.print(
            f"  {count(made['inserted'])} inserted, {count(made['duplicates'])} duplicates, "
            f"{count(made['conflicts'])} conflicts, {count(result.quarantined)} quarantined; "
            f"{count(round(result.rows_per_second))} rows/s"
        )
    if results:
        with instance_of(platform.root) as instance:
            register(instance, platform.instruments())
