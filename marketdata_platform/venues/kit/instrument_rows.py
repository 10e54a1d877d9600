"""Venues' lists of instruments as rows of `instruments`.

Belongs here: what all venues' lists have in common. Does not: which field of a venue means what
(venue files).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from marketdata_platform.core.datasets.raw_instruments import INSTRUMENTS, STEP
from marketdata_platform.core.numbers.text_numbers import Numbers, numbers
from marketdata_platform.venues.kit.column_arrays import Values, plain
from marketdata_platform.venues.kit.parsing import price, quantity
from marketdata_platform.venues.kit.rows import Decoded, times

Int64s = npt.NDArray[np.int64]
_HOUR_US = 3_600_000_000
_FOREVER_MS = 4_102_444_800_000  # 2100: venues write it, and later dates, for "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One instrument of a list: numbers as text, times in ms, `entry` the venue's own object."""

    symbol: str
    kind: str
    entry: Any
    status: str | None = None
    base: str | None = None
    quote: str | None = None
    settle: str | None = None
    tick_size: str | None = None
    quantity_step: str | None = None
    min_quantity: str | None = None
    contract_size: str | None = None
    strike: str | None = None
    option_type: str | None = None
    listed_ms: int | None = None
    expires_ms: int | None = None
    parent: str | None = None
    title: str | None = None
    result: str | None = None


_TEXTS = ("kind", "base", "quote", "settle", "option_type", "parent", "title", "result")


def add_instruments(out: Decoded, listed: Sequence[Listed], frames: Int64s) -> None:
    """Add a row per instrument, dated by the receipt of the list; `event_id` is the hour and a hash
    of the content.
    """
    received = out.received_us[frames]
    details = [msgspec.json.encode(i.entry, order="deterministic") for i in listed]
    hours = (received // _HOUR_US).tolist()
    columns: dict[str, Values] = {
        **{name: [getattr(i, name) or None for i in listed] for name in _TEXTS},
        "status": [i.status.lower() if i.status else None for i in listed],
        "ts_event": plain(received),
        "event_id": [
            f"{hour}:{hashlib.blake2b(text, digest_size=12).hexdigest()}"
            for hour, text in zip(hours, details, strict=True)
        ],
        "tick_size": _step([i.tick_size for i in listed]),
        "strike": price([i.strike for i in listed]),
        "quantity_step": _step([i.quantity_step for i in listed]),
        "min_quantity": _step([i.min_quantity for i in listed]),
        "contract_size": quantity([i.contract_size for i in listed]),
        "listed_at": times([i.listed_ms for i in listed]),
        "expires_at": times([_end(i.expires_ms) for i in listed]),
        "details": pa.array([text.decode() for text in details]),
    }
    out.add(INSTRUMENTS, [i.symbol for i in listed], frames, columns)


def _end(moment_ms: int | None) -> int | None:
    return None if moment_ms is None or moment_ms >= _FOREVER_MS else moment_ms


def _step(texts: Sequence[str | None]) -> Numbers:
    return numbers(texts, scale=STEP.scale, digits=STEP.precision)
