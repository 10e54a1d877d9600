"""Live capture on the screen: a table of gatherers, one of streams, and both as JSON.

Belongs here: columns and colours. Does not: reading heartbeats (workflows.live_status).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from marketdata_platform.cli.screen.screen import count, plain, size, table
from marketdata_platform.workflows.bookkeeping.gatherer_status import StreamStatus
from marketdata_platform.workflows.watching.live_status import LiveGatherer

_GOOD, _BAD = {"capturing"}, {"dead", "stopped"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def live_tables(
    found: Sequence[LiveGatherer], now: datetime, gaps: dict[str, int]
) -> RenderableType:
    """Both tables, and a line on the ledger."""
    parts: list[RenderableType] = [_gatherers(found, now)]
    streams = [(one, stream) for one in found if one.heartbeat for stream in one.heartbeat.streams]
    if streams:
        parts.append(_streams(streams, now))
    opened = f"[yellow]{count(gaps['open'])} open[/]" if gaps["open"] else "none open"
    closed = f"{count(gaps['repaired'])} repaired, {count(gaps['irreparable'])} irreparable"
    parts.append(Text.from_markup(f"gaps in the ledger: {opened}, {closed}"))
    return Group(*parts)


def _gatherers(found: Sequence[LiveGatherer], now: datetime) -> Table:
    names = (
        "gatherer",
        "state",
        "since",
        "msg/s",
        "messages",
        "size",
        "buffer",
        "journal at",
        "landed to",
    )
    shown = table("gatherers", *names, left=2)
    for one in found:
        beat = one.heartbeat
        if beat is None:
            shown.add_row(plain(one.name), _state(one), *"–––––", "–", _landed(one))
            continue
        rate = sum(stream.messages_per_second for stream in beat.streams)
        shown.add_row(
            plain(one.name),
            _state(one),
            span(now, beat.started_us),
            "–" if one.stale else f"{rate:,.0f}",
            count(beat.frames),
            size(beat.bytes),
            size(beat.buffered_bytes),
            plain(beat.acknowledged),
            _landed(one),
        )
    return shown


def _state(one: LiveGatherer) -> str:
    colour = "green" if one.state in _GOOD else "red" if one.state in _BAD else "yellow"
    why = one.heartbeat.stopped_reason if one.heartbeat is not None else ""
    aged = f" {one.age_seconds:,.0f} s" if one.stale and one.age_seconds is not None else ""
    return f"[{colour}]{one.state}{aged}[/]" + (f"\n{plain(why[:60])}" if why else "")


def _landed(one: LiveGatherer) -> str:
    return plain(one.landed.position) if one.landed else "–"


_STREAM_COLUMNS = {
    "stream": 15,
    "of": 4,
    "since": 5,
    "msg/s": 5,
    "messages": 9,
    "lag": 7,
    "last": 12,
    "gaps": 4,
    "size": 9,
}


def _streams(found: Sequence[tuple[LiveGatherer, StreamStatus]], now: datetime) -> RenderableType:
    """An instrument's streams below its name, all in the same columns: names are too long to stand
    beside them.
    """
    parts: list[RenderableType] = []
    for name in dict.fromkeys(stream.instrument for _, stream in found):
        shown = table("", *_STREAM_COLUMNS, left=2)
        shown.title, shown.show_header = None, not parts
        for column, width in zip(shown.columns, _STREAM_COLUMNS.values(), strict=True):
            column.min_width = width
        for one, stream in sorted(found, key=lambda pair: (pair[1].dataset, pair[0].name)):
            if stream.instrument == name:
                shown.add_row(*_stream(one, stream, now))
        parts += [Text(name, style="bold"), shown]
    return Group(*parts)


def _stream(one: LiveGatherer, stream: StreamStatus, now: datetime) -> tuple[str, ...]:
    ended = "stale" if one.stale or stream.stale else "refused" if stream.refused else ""
    return (
        plain(stream.dataset),
        plain(one.name),
        f"[red]{ended}[/]" if ended else span(now, stream.connected_since_us),
        "–" if one.stale else f"{stream.messages_per_second:,.0f}",
        count(stream.messages),
        _lag(stream.lag_us),
        "–" if stream.last_sequence is None else str(stream.last_sequence),
        f"[yellow]{count(stream.gaps)}[/]" if stream.gaps else "0",
        size(stream.bytes),
    )


def span(now: datetime, since_us: int | None) -> str:
    """How long since a moment, in its largest unit; a dash for never."""
    if since_us is None:
        return "–"
    seconds = int((now - _EPOCH - timedelta(microseconds=since_us)).total_seconds())
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds // unit} {name}"
    return f"{max(seconds, 0)} s"


def _lag(lag_us: int | None) -> str:
    if lag_us is None:
        return "–"
    return f"{lag_us / 1e6:,.1f} s" if abs(lag_us) >= 1_000_000 else f"{lag_us / 1e3:,.0f} ms"


def live_json(found: Sequence[LiveGatherer]) -> list[dict[str, Any]]:
    """One object per gatherer: its state, its heartbeat, its landing cursor."""
    return [
        {
            "gatherer": one.name,
            "state": one.state,
            "age_seconds": one.age_seconds,
            "stale": one.stale,
            "landed": msgspec.to_builtins(one.landed),
            "heartbeat": msgspec.to_builtins(one.heartbeat),
        }
        for one in found
    ]
