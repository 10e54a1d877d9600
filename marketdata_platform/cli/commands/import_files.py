"""`marketdata import`: files of recorded trades into the store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from marketdata_platform.cli.screen.screen import console, count, errors, plain
from marketdata_platform.core.errors import InvalidInput, MarketDataError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.defs.launch import instance_of, register
from marketdata_platform.platform import Platform
from marketdata_platform.platform import open as open_platform
from marketdata_platform.workflows.files.import_files import ImportResult


def import_files(
    *paths: Path,
    instrument: Annotated[
        str, Parameter(help="venue:market:symbol, as in binance:futures:BTCUSDT")
    ],
    format: Annotated[
        str | None,
        Parameter(
            help=(
                "a format, e.g. tardis-trades (one that does not exist lists them all); none: "
                "recognised"
            )
        ),
    ] = None,
    allow_bad_checksum: Annotated[
        bool, Parameter(help="Import files whose CHECKSUM is wrong", negative=())
    ] = False,
) -> int:
    """Import files of recorded trades (csv, .zip, .gz, .zst) of one instrument.

    Rows that are there already are not added twice; invalid rows go to quarantine with file, line
    and reason. A folder stands for the files in it. Exit status 1 when a file was refused; the
    others are imported all the same.
    """
    one = Instrument.parse(instrument)
    files = named_files(paths)
    platform = open_platform()
    results: list[ImportResult] = []
    refused: list[str] = []
    for path in files:
        try:
            results.append(_import(platform, path, one, format, allow_bad_checksum))
        except (
            MarketDataError,
            OSError,
        ) as error:  # a file that cannot be read is refused like one that is wrong
            refused.append(f"{path}: {error}")
            errors.print(f"[bold red]refused[/] {type(error).__name__}", end=": ")
            errors.print(refused[-1], markup=False, soft_wrap=True)
    if results:
        with instance_of(platform.root) as instance:
            register(instance, sorted({result.instrument for result in results}))
        _summary(results)
    return 1 if refused else 0


def named_files(paths: tuple[Path, ...]) -> list[Path]:
    """The files meant: a folder stands for those in it.

    Raises:
        InvalidInput: one does not exist, or there is none.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(
                p
                for p in path.iterdir()
                if p.is_file() and p.suffix != ".CHECKSUM" and p.name[0] != "."
            )
        elif path.exists():
            files.append(path)
        else:
            raise InvalidInput(f"{path} does not exist")
    if not files:
        raise InvalidInput("no file is given: name files or folders")
    return files


def _import(
    platform: Platform,
    path: Path,
    instrument: Instrument,
    format: str | None,
    allow_bad_checksum: bool,
) -> ImportResult:
    columns = [TextColumn("{task.description}"), BarColumn(bar_width=32), DownloadColumn()]
    with Progress(
        *columns, TextColumn("{task.fields[rows]} rows"), TimeElapsedColumn(), console=console
    ) as bars:
        task = bars.add_task(plain(path.name), total=path.stat().st_size, rows="0")
        return platform.import_file(
            path,
            instrument,
            format=format,
            allow_bad_checksum=allow_bad_checksum,
            progress=lambda at: bars.update(task, completed=at.bytes_done, rows=count(at.rows)),
        )


def _summary(results: list[ImportResult]) -> None:
    for result in results:
        rate = round(result.rows / max(result.seconds, 1e-9))
        console.print(
            f"[bold]{plain(Path(result.path).name)}[/]: {result.format}, CHECKSUM "
            f"{result.checksum}, {_days(result)}"
        )
        console.print(
            f"  {count(result.rows)} rows: {count(result.inserted)} inserted, "
            f"{count(result.duplicates)} duplicates, "
            f"{count(result.conflicts)} conflicts, {count(result.quarantined)} quarantined; "
            f"{count(rate)} rows/s"
        )
        for name, added in sorted(result.others.items()):
            console.print(
                f"  {name}: {count(added.inserted)} inserted, {count(added.duplicates)} duplicates"
            )
        for name, rows in sorted(result.not_stored.items()):
            console.print(f"  {count(rows)} × {plain(name)} not stored", style="dim")
    if any(result.quarantined for result in results):
        sql = "SELECT source, position, reason, payload FROM quarantine"
        console.print(
            f'[yellow]Some rows are in quarantine:[/] marketdata query "{sql}"', soft_wrap=True
        )
    instrument = results[-1].instrument
    console.print(
        f"Next: [cyan]marketdata backfill all --instrument '{instrument}'[/]", soft_wrap=True
    )


def _days(result: ImportResult) -> str:
    if not result.days:
        return "no trades"
    first, last = min(result.days), max(result.days)
    return f"trades of {first}" if first == last else f"trades of {first} to {last}"
