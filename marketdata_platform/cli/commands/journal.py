"""`marketdata journal`: look into a gatherer's journal, check it, print it, play it back.

Belongs here: what the terminal shows. Does not: the format (journal/), landing. It only reads, also
beside a writer.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.table import Table

from marketdata_platform.cli.screen.screen import (
    console,
    count,
    errors,
    plain,
    progress,
    size,
    table,
)
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.window import EPOCH
from marketdata_platform.journal import CheckReport, Damage, JournalReader, JournalRecord, Position
from marketdata_platform.journal import check as check_journal
from marketdata_platform.settings import load_settings

journal = App(
    name="journal",
    help="What gatherers recorded, raw: list, check, print and play back their journals.",
)

JOURNALS = "journals"
_SHOWN_CHARACTERS = 200
_LINE_ENDS = bytes.maketrans(b"\r\n", b"  ")

Name = Annotated[
    str, Parameter(help="A journal's folder, or a gatherer's name under <root>/journals")
]
Stream = Annotated[str | None, Parameter(help="Only streams like this; * and ? stand for anything")]
From = Annotated[str | None, Parameter(name="--from", help="Begin at this SEGMENT:OFFSET")]
Limit = Annotated[int, Parameter(help="Stop after so many frames; 0: all")]
Follow = Annotated[bool, Parameter(help="Wait for more at the end", negative=())]


@journal.command
def ls(
    name: Annotated[
        str | None, Parameter(help="As for the others; none: all under <root>/journals")
    ] = None,
) -> None:
    """Segments of a journal, or of every gatherer's: since when, how many bytes, sealed or still
    written.
    """
    folders = [_folder(name)] if name else _all_folders()
    shown = table(
        "Journals", "gatherer", "seg.", "began (UTC)", "state", "plain", "on disk", left=4
    )
    for folder in folders:
        for one in JournalReader(folder).segments():
            gatherer = one.header.gatherer if one.header else "[red]header damaged[/]"
            began = _time(one.header.created_ns)[:19] if one.header else "–"
            state = "sealed" if one.sealed else "open"
            bytes_ = "[red]end missing[/]" if one.plain_bytes is None else size(one.plain_bytes)
            shown.add_row(gatherer, str(one.number), began, state, bytes_, size(one.stored_bytes))
    console.print(shown)


def _streams(folder: Path, report: CheckReport) -> Table:
    shown = table(str(folder), "stream", "first and last (UTC)", "frames", "bytes", "lost", left=2)
    for stream, one in sorted(report.streams.items()):
        times = "\n".join(
            _time(t)[:19] for t in (one.first_recv_ns, one.last_recv_ns) if t is not None
        )
        lost = f"[red]{count(one.lost)}[/]" if one.lost else "0"
        shown.add_row(plain(stream), times, count(one.records), size(one.payload_bytes), lost)
    return shown


@journal.command
def check(name: Name) -> int:
    """Read every record and compare its check sums; exit status 1 when anything is damaged."""
    folder = _folder(name)
    with progress() as bars:
        task = bars.add_task("re-reading the journal", total=None)
        report = check_journal(
            folder, lambda done, total: bars.update(task, completed=done, total=total)
        )
    console.print(_streams(folder, report))
    for damage in report.damage[:50]:
        console.print(f"[red]damaged[/] {plain(damage)}")
    if report.ok:
        console.print(
            f"[green]ok[/] {count(report.records)} frames in {count(report.segments)} segment(s)"
        )
        return 0
    console.print(
        "The rest of it was read. Other gatherers' journals, then the venue's history, fill what "
        "is missing."
    )
    return 1


@journal.command
def cat(
    name: Name,
    *,
    stream: Stream = None,
    first: From = None,
    limit: Limit = 0,
    follow: Follow = False,
    json_: Annotated[
        bool, Parameter(name="--json", help="One JSON object per line, frames whole", negative=())
    ] = False,
) -> None:
    """Frames one per line: position, receive time, stream, frame (its first 200 characters)."""
    for record in _records(name, stream, first, limit, follow):
        text = record.payload.decode("utf-8", "replace")
        if json_:
            line = json.dumps(
                {
                    "position": str(record.position),
                    "recv_ns": record.recv_ns,
                    "mono_ns": record.mono_ns,
                    "stream": record.stream,
                    "frame": text,
                },
                ensure_ascii=False,
            )
        else:
            cut = text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
            line = (
                f"{record.position} {_time(record.recv_ns)} {_printable(record.stream)} "
                f"{_printable(cut)}"
            )
        sys.stdout.write(line + "\n")
        if follow:
            sys.stdout.flush()


@journal.command
def replay(
    name: Name,
    *,
    stream: Stream = None,
    first: From = None,
    limit: Limit = 0,
    follow: Follow = False,
    speed: Annotated[
        str, Parameter(help="1x: as it came; 10x: ten times as fast; max: without waiting")
    ] = "1x",
) -> None:
    """Frames as `<recv_ns> <frame>` lines in their own time; `marketdata import --format frames`
    reads them.

    Line ends inside a frame become spaces, which JSON does not mind.
    """
    factor = _factor(speed)
    out = sys.stdout.buffer
    begun = time.monotonic()
    last: JournalRecord | None = None
    passed_ns = 0
    for record in _records(name, stream, first, limit, follow):
        if factor and last is not None:
            passed_ns += _between_ns(last, record)
            wait = passed_ns / 1e9 / factor - (time.monotonic() - begun)
            if wait > 0:
                out.flush()
                time.sleep(wait)
        last = record
        out.write(b"%d %s\n" % (record.recv_ns, record.payload.translate(_LINE_ENDS)))
    out.flush()


def _records(
    name: str, stream: str | None, first: str | None, limit: int, follow: bool
) -> Iterator[JournalRecord]:
    """The records asked for; damage is reported on stderr."""
    start = Position.parse(first) if first else None
    given = 0
    for step in JournalReader(_folder(name)).read(start, follow=follow):
        if isinstance(step, Damage):
            errors.print(f"[red]damaged[/] {plain(step)}")
        elif stream is None or fnmatchcase(step.stream, stream):
            yield step
            given += 1
            if given == limit:
                return


def _between_ns(last: JournalRecord, record: JournalRecord) -> int:
    """Time between two frames: by the monotonic clock, which no step of the wall clock bends; it
    ends with a boot.
    """
    same_clock = last.position.segment == record.position.segment
    return max(record.mono_ns - last.mono_ns if same_clock else record.recv_ns - last.recv_ns, 0)


def _folder(name: str) -> Path:
    """The folder called `name`, else the gatherer's.

    Raises:
        InvalidInput: neither is there; the message lists the gatherers that are.
    """
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    root = load_settings().root / JOURNALS
    if "/" not in name and name not in ("", ".", "..") and (root / name).is_dir():
        return root / name
    known = ", ".join(sorted(p.name for p in root.iterdir())) if root.is_dir() else "none yet"
    raise InvalidInput(f"{name} is neither a folder nor a gatherer under {root} (there: {known})")


def _all_folders() -> list[Path]:
    root = load_settings().root / JOURNALS
    folders = sorted(p for p in root.iterdir() if p.is_dir()) if root.is_dir() else []
    if not folders:
        raise InvalidInput(f"no gatherer has a journal under {root}: name a journal's folder")
    return folders


def _factor(speed: str) -> float:
    """How many times as fast; 0 for `max`."""
    if speed == "max":
        return 0.0
    try:
        factor = float(speed.removesuffix("x"))
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise InvalidInput(f"--speed is a number above 0 such as 1x or 10x, or max; not {speed!r}")
    return factor


def _time(ns: int) -> str:
    """UTC to the nanosecond; the number itself when it is outside the years 1 to 9999."""
    try:
        at = (EPOCH + timedelta(seconds=ns // 10**9)).astimezone(UTC)
    except OverflowError:
        return str(ns)
    return f"{datetime.isoformat(at.replace(tzinfo=None), 'T')}.{ns % 10**9:09d}Z"


def _printable(text: str) -> str:
    """Without control characters: a hostile frame must not steer the terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
