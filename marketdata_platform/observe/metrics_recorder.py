"""Counts of short-lived processes, kept in a file: a landing ends within seconds, Prometheus asks
later.

Belongs here: counting in memory, adding it to the file, reading it. Does not: exposition
(metrics.py).

Each process counts what it does and adds it to `<root>/metrics/state.json` under a lock: counters
go on over restarts and over processes. A file that cannot be written (read-only root, full disk)
costs numbers, never work.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marketdata_platform.observe.catalogue import METRICS

FOLDER, STATE = "metrics", "state.json"
_LOCK_SECONDS = 0.2
Key = tuple[str, tuple[str, ...]]  # a metric and the values of its labels


@dataclass(slots=True)
class Counts:
    """Values by metric and labels; of a histogram its buckets (not cumulative, the last is +Inf)
    and their sum.
    """

    counters: dict[Key, float] = field(default_factory=dict)
    gauges: dict[Key, float] = field(default_factory=dict)
    highest: dict[Key, float] = field(default_factory=dict)  # gauges that only rise
    buckets: dict[Key, list[int]] = field(default_factory=dict)
    sums: dict[Key, float] = field(default_factory=dict)

    def add(self, other: Counts) -> None:
        """Take in what was counted later: counters grow, gauges are replaced."""
        for key, amount in other.counters.items():
            self.counters[key] = self.counters.get(key, 0.0) + amount
        self.gauges.update(other.gauges)
        for key, value in other.highest.items():
            self.highest[key] = max(value, self.highest.get(key, value))
        for key, buckets in other.buckets.items():
            held = self.buckets.get(key, [])
            same = len(held) == len(buckets)  # else the buckets were changed since: begin anew
            self.buckets[key] = (
                [a + b for a, b in zip(held, buckets, strict=True)] if same else list(buckets)
            )
            self.sums[key] = other.sums[key] + (self.sums.get(key, 0.0) if same else 0.0)

    def as_json(self) -> bytes:
        """Compact JSON."""

        def listed(values: dict[Key, Any]) -> list[list[Any]]:
            return [[name, *labels, value] for (name, labels), value in sorted(values.items())]

        return json.dumps({part: listed(getattr(self, part)) for part in self.__slots__}).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Counts:
        """What `as_json` wrote; metrics that there are no longer are left out, a broken file is an
        empty one.
        """
        made = cls()
        try:
            for part, rows in json.loads(text).items():
                for name, *labels, value in rows:
                    if name in METRICS and len(labels) == len(METRICS[name].labels):
                        getattr(made, part)[name, tuple(labels)] = value
        except (ValueError, TypeError, AttributeError):
            return cls()
        return made


class MetricsRecorder:
    """What this process has counted and not yet added to the file. Safe for threads."""

    def __init__(self, root: Path) -> None:
        self._folder = root / FOLDER
        self._lock = threading.Lock()
        self._counts = Counts()

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Let a counter grow."""
        if amount:
            key = _key(name, labels)
            with self._lock:
                self._counts.counters[key] = self._counts.counters.get(key, 0.0) + amount

    def set(self, name: str, value: float, **labels: str) -> None:
        """Give a gauge its value."""
        with self._lock:
            self._counts.gauges[_key(name, labels)] = value

    def raise_to(self, name: str, value: float, **labels: str) -> None:
        """Let a gauge rise to `value`; it never falls: an old day that is done again says nothing
        new.
        """
        key = _key(name, labels)
        with self._lock:
            self._counts.highest[key] = max(value, self._counts.highest.get(key, value))

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """Add a duration to a histogram."""
        key, bounds = _key(name, labels), METRICS[name].buckets
        with self._lock:
            buckets = self._counts.buckets.setdefault(key, [0] * (len(bounds) + 1))
            buckets[bisect_left(bounds, seconds)] += 1
            self._counts.sums[key] = self._counts.sums.get(key, 0.0) + seconds

    def flush(self) -> None:
        """Add what was counted to the file; where that cannot be, keep it for the next time."""
        with self._lock:
            counted, self._counts = self._counts, Counts()
        if (
            not any(getattr(counted, part) for part in counted.__slots__)
            or not self._folder.parent.is_dir()
        ):
            return
        try:
            with _locked(self._folder):
                held = read_counts(self._folder.parent)
                held.add(counted)
                draft = self._folder / f".{STATE}.new"
                draft.write_bytes(held.as_json())
                draft.replace(self._folder / STATE)
        except OSError:
            with self._lock:
                counted.add(self._counts)
                self._counts = counted


def read_counts(root: Path) -> Counts:
    """What all processes have counted at `root`."""
    try:
        return Counts.from_json((root / FOLDER / STATE).read_bytes())
    except OSError:
        return Counts()


def _key(name: str, labels: dict[str, str]) -> Key:
    return name, tuple(labels[label] for label in METRICS[name].labels)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Take the lock, or give up soon: a stopped process that holds it must not hold up the work of
    others.
    """
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.002)
        else:
            return
