"""What a gatherer says in its own journal: connected, subscribed, a gap, a step of the clock.

Belongs here: writing notes, in order, also when the sink is full for a moment. Does not: reading
them (landing).
"""

from __future__ import annotations

import time
from collections import deque
from typing import Any

import msgspec

from marketdata_platform.core.errors import JournalStopped
from marketdata_platform.venues.endpoint import Endpoint
from marketdata_platform.venues.kit.streams import NOTE, Stream
from marketdata_platform.workflows.ports import FrameSink

_HELD = 1_000
_encode = msgspec.json.Encoder().encode


class Notes:
    """Notes into `sink`. Those that find it full are held, the oldest given up after a thousand."""

    def __init__(self, sink: FrameSink) -> None:
        self._sink = sink
        self._held: deque[tuple[str, bytes, int, int]] = deque(maxlen=_HELD)

    def write(self, endpoint: Endpoint, connection: str, event: str, **fields: Any) -> None:
        """Say that `event` happened to `connection`. Fields that are None are left out; none may
        hold a secret.
        """
        kept = {name: value for name, value in fields.items() if value is not None}
        payload = _encode({"event": event, "connection": connection, **kept})
        stream = str(Stream(endpoint.venue, endpoint.market, NOTE, connection))
        self._held.append((stream, payload, time.time_ns(), time.monotonic_ns()))
        self.flush()

    def flush(self) -> None:
        """Try again with those that are held."""
        try:
            while self._held and self._sink.append_nowait(*self._held[0]) is not None:
                self._held.popleft()
        except JournalStopped:
            return
