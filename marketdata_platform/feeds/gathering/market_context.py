"""What the connections of one venue's market share: sink, notes, limits, and what is known of its
channels.

Belongs here: the bundle, and the port of logs. Does not: behaviour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from marketdata_platform.feeds.connecting.limits import Throttle
from marketdata_platform.feeds.gathering.channel_state import ChannelStats
from marketdata_platform.feeds.gathering.notes import Notes
from marketdata_platform.feeds.gathering.plan import Channel
from marketdata_platform.venues.endpoint import Endpoint
from marketdata_platform.workflows.ports import FrameSink


class Log(Protocol):
    """Where events are logged; no field holds a secret."""

    def info(self, event: str, **fields: Any) -> Any:
        """Something usual."""
        ...

    def warning(self, event: str, **fields: Any) -> Any:
        """Something that costs data or will, if it goes on."""
        ...


@dataclass(frozen=True, slots=True)
class RecordingOptions:
    """How a gatherer behaves, as the configuration says."""

    stale_seconds: float = 60.0
    poll_seconds: float = 60.0
    list_seconds: float = 3_600.0
    first_backoff_seconds: float = 0.25
    longest_backoff_seconds: float = 60.0


@dataclass(slots=True)
class MarketContext:
    """One venue's market, as its connections see it. `ask_snapshot` asks for a channel's by
    REST.
    """

    endpoint: Endpoint
    sink: FrameSink
    notes: Notes
    log: Log
    options: RecordingOptions
    connects: Throttle
    handshake: Callable[[str], Mapping[str, str] | None]
    ask_snapshot: Callable[[Channel], None]
    stats: dict[Channel, ChannelStats]
