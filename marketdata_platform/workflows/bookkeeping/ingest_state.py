"""What landing has still to look through for holes: kept before rows are stored, so that a kill
forgets nothing.

Belongs here: the record and its place in the store. Does not: looking (gaps.finding).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa

from marketdata_platform.core.datasets import CURSORS
from marketdata_platform.core.instrument import GATHERERS, Instrument
from marketdata_platform.workflows.ports import Store

_HOME = Instrument(GATHERERS, "landing", "pending")
_NAME = "landing"


class AddedRows(msgspec.Struct):
    """Rows of one dataset that were added: their times, µs, and their numbers, where they have
    any.
    """

    first_us: int
    last_us: int
    first: int | None = None
    last: int | None = None

    def widened(self, other: AddedRows) -> AddedRows:
        """Both together."""
        return AddedRows(
            min(self.first_us, other.first_us),
            max(self.last_us, other.last_us),
            _least(self.first, other.first),
            None if self.last is None or other.last is None else max(self.last, other.last),
        )


class Mark(msgspec.Struct):
    """Which part of a chain of numbers has been looked through: from `first` to `number`, and that
    row's time, µs.
    """

    number: int
    time_us: int
    first: int = 0


class Outage(msgspec.Struct):
    """One gatherer heard nothing of a dataset from `since_us` until `until_us`, µs;
    `in_ledger`: the gap ledger knows (stored as `told`).
    """

    since_us: int
    until_us: int
    in_ledger: bool = msgspec.field(default=False, name="told")


class RecordedSpan(msgspec.Struct):
    """The stretch of time, µs, that gatherers record now; `name_us` is what it began with when it
    was written first.
    """

    name_us: int
    first_us: int
    last_us: int


class Pending(msgspec.Struct):
    """By instrument and dataset (`venue:market:symbol|trades`); stretches by instrument."""

    touched: dict[str, AddedRows] = {}
    marks: dict[str, Mark] = {}
    stretches: dict[str, RecordedSpan] = {}
    broken: list[str] = []  # with unfilled gaps: what comes late may fill them
    aggregated: dict[str, bool] = {}  # by instrument: whether its trades are aggregate ones
    under_way: bool = False  # a landing has begun and, when nobody is landing, was killed
    losses: dict[str, dict[str, list[Outage]]] = {}  # and by gatherer
    heard: dict[str, dict[str, int]] = {}  # and by gatherer: until when it listened, µs

    def touch(self, added: Mapping[str, AddedRows]) -> bool:
        """Note what is going to be added; whether that was not noted yet."""
        news = False
        for key, one in added.items():
            held = self.touched.get(key)
            wider = one if held is None else held.widened(one)
            news |= wider != held
            self.touched[key] = wider
        return news

    def note_broken(self, key: str, broken: bool) -> None:
        """Note whether there are unfilled gaps."""
        self.broken = [name for name in self.broken if name != key] + ([key] if broken else [])

    def lose(
        self, losses: Iterable[tuple[str, str, Outage]], listening: Mapping[str, Mapping[str, int]]
    ) -> bool:
        """Note what gatherers did not hear, and until when they listened; whether there is news of
        the first.
        """
        for gatherer, until in listening.items():
            for key, time_us in until.items():
                held = self.heard.setdefault(key, {})
                held[gatherer] = max(time_us, held.get(gatherer, 0))
        news = False
        for gatherer, key, loss in losses:
            known = self.losses.setdefault(key, {}).setdefault(gatherer, [])
            if all((loss.since_us, loss.until_us) != (old.since_us, old.until_us) for old in known):
                known.append(loss)
                news = True
        return news


def pending_key(instrument: Instrument, dataset: str) -> str:
    """The key of `Pending`."""
    return f"{instrument}|{dataset}"


def parted_key(key: str) -> tuple[Instrument, str]:
    """Instrument and dataset of a key."""
    name, _, dataset = key.rpartition("|")
    return Instrument.parse(name), dataset


def read_pending(store: Store) -> Pending:
    """What the last landing left."""
    for batch in store.read(CURSORS.name, _HOME, columns=["state"]):
        for row in batch.to_pylist():
            if row["state"] is not None:
                return msgspec.msgpack.decode(row["state"], type=Pending)
    return Pending()


def write_pending(store: Store, pending: Pending, at: datetime) -> None:
    """Keep it."""
    row: dict[str, Any] = {
        "gatherer": _NAME,
        "position": "",
        "state": msgspec.msgpack.encode(pending),
        "ts_recv": None,
        "moved_at": at,
    }
    store.append(CURSORS.name, _HOME, pa.Table.from_pylist([row], CURSORS.arrow_schema))


def _least(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else min(one, other)
