"""Landing's cursors: how far each gatherer's recording has been landed, and what decoding must
remember there.

Belongs here: reading and making their rows. Does not: when they are committed (land).

A gatherer has one cursor for the deployment, in its own home, and one beside the rows of each
instrument, committed with them. The first says where reading goes on; it moves after all
instruments of a round. The second is ahead of it only when landing was killed within a round: then
it says which rows are there already.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa

from marketdata_platform.core.datasets import CURSORS
from marketdata_platform.core.instrument import Instrument, gatherer_home
from marketdata_platform.workflows.ports import Store


class ClockState(msgspec.Struct):
    """A gatherer's clocks: wall minus monotonic time, ns, as it was when trusted and as it was
    last.
    """

    segment: int = 0
    trusted_ns: int | None = None
    last_ns: int | None = None
    # Monotonic time of the step, while the wall clock is not trusted.
    stepped_mono_ns: int | None = None


class ConnectionState(msgspec.Struct):
    """What a gatherer's connection carries, by its notes (`instrument|dataset`), and when it was
    heard last.
    """

    carries: list[str] = []
    heard_us: int = 0
    ended_us: int | None = None
    named: list[
        str
    ] = []  # instruments subscribed to, of markets whose streams report others, too (filters)


class GathererState(msgspec.Struct):
    """What the frames before a cursor left."""

    clock: ClockState = msgspec.field(default_factory=ClockState)
    repeats: dict[str, bytes] = {}  # by stream, where equal frames are counted
    heard_us: dict[str, int] = {}  # last receipt by stream: those long silent are forgotten
    connections: dict[str, ConnectionState] = {}  # by stream


@dataclass(slots=True)
class Cursor:
    """Where a gatherer's recording has been landed up to."""

    gatherer: str
    position: str | None = None
    state: bytes | None = None
    ts_recv: datetime | None = None

    def row(self, at: datetime, *, with_state: bool) -> dict[str, Any]:
        """The cursor as a row of `cursors`."""
        return {
            "gatherer": self.gatherer,
            "position": self.position,
            "state": self.state if with_state else None,
            "ts_recv": self.ts_recv,
            "moved_at": at,
        }


def read_state(cursor: Cursor) -> GathererState:
    """What the frames before the cursor left."""
    return (
        msgspec.msgpack.decode(cursor.state, type=GathererState)
        if cursor.state
        else GathererState()
    )


def state_bytes(state: GathererState) -> bytes:
    """The state as a cursor keeps it."""
    return msgspec.msgpack.encode(state)


def cursor_of(store: Store, gatherer: str) -> Cursor:
    """The deployment's cursor of a gatherer; at the beginning when there is none."""
    return cursors_of(store, gatherer_home(gatherer)).get(gatherer, Cursor(gatherer))


def cursors_of(store: Store, home: Instrument) -> dict[str, Cursor]:
    """The cursors beside an instrument's rows, by gatherer."""
    columns = ["gatherer", "position", "state", "ts_recv"]
    found: dict[str, Cursor] = {}
    for batch in store.read(CURSORS.name, home, columns=columns):
        for row in batch.to_pylist():
            found[row["gatherer"]] = Cursor(**row)
    return found


def cursor_rows(cursors: Iterable[Cursor], at: datetime, *, with_state: bool) -> pa.Table:
    """The cursors as rows of `cursors`."""
    return pa.Table.from_pylist(
        [one.row(at, with_state=with_state) for one in cursors], CURSORS.arrow_schema
    )
