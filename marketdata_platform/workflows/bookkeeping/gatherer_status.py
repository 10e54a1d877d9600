"""What a gatherer says of itself each second: its heartbeat, a small JSON file beside its journal.

Belongs here: the record and its text. Does not: writing it (platform.capturing), showing it (cli),
judging it (health). A sensor, `marketdata status`, health probes and metrics all read the same
file, so none of them talks to a gatherer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

HEARTBEAT = "heartbeat.json"


@dataclass(slots=True)
class StreamStatus:
    """One channel of one instrument, as a gatherer hears it. Times are µs since 1970, None:
    never.
    """

    instrument: str
    dataset: str
    connection: str
    connected_since_us: int | None = None
    messages: int = 0
    messages_per_second: float = 0.0
    bytes: int = 0
    last_recv_us: int | None = None
    last_event_us: int | None = None  # exchange time of the last message
    lag_us: int | None = None  # receive time minus exchange time of it
    last_sequence: int | None = None
    gaps: int = 0  # breaks of the sequence that this gatherer saw
    stale: bool = False
    refused: str = (
        ""  # what the venue said when it refused the channel; it is asked when reconnecting
    )


@dataclass(slots=True)
class ConnectionStatus:
    """One WebSocket connection, or the attempts to have one."""

    connection: str
    venue: str
    market: str
    state: str  # connecting | connected | waiting | closed
    connected_since_us: int | None = None
    attempts: int = 0
    disconnects: int = 0
    last_error: str = ""  # never holds a secret
    messages: int = 0
    bytes: int = 0
    refused: int = 0  # channels that the venue refused, on the present connection


@dataclass(slots=True)
class GathererStatus:
    """A gatherer at one moment."""

    gatherer: str
    pid: int
    host: str
    run_id: str  # Dagster's run, or empty
    started_us: int
    beat_us: int
    # Starting | capturing | waiting (for its predecessor) | stopped (the disk takes nothing) |
    # draining.
    state: str
    stopped_reason: str = ""
    position: str = ""  # of the last frame taken: segment:offset
    acknowledged: str = ""  # up to which all is fsynced
    frames: int = 0
    bytes: int = 0
    buffered_bytes: int = 0
    waits: int = 0  # times that back-pressure held the socket
    clock_offset_us: dict[str, int] = field(
        default_factory=dict
    )  # local minus venue time, by venue
    connections: list[ConnectionStatus] = field(default_factory=list)
    streams: list[StreamStatus] = field(default_factory=list)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(GathererStatus)


def write_heartbeat(folder: Path, status: GathererStatus) -> None:
    """Replace the heartbeat in `folder` by one rename: a reader sees the old one or the new one."""
    fresh = folder / f".{HEARTBEAT}.{status.pid}"
    fresh.write_bytes(_encoder.encode(status))
    fresh.replace(folder / HEARTBEAT)


def read_heartbeat(folder: Path) -> GathererStatus | None:
    """The last heartbeat in `folder`; None when there is none that can be read."""
    try:
        return _decoder.decode((folder / HEARTBEAT).read_bytes())
    except (OSError, msgspec.DecodeError):
        return None
