"""Which stretches of time gatherers recorded: the claim of coverage that a file makes by its name,
made by landing.

Belongs here: the stretch and its row among `imports`. Does not: what is missing inside one (the gap
ledger says that). Only trades whose ids have gaps of their own need it: contiguous ids show
what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pyarrow as pa

from marketdata_platform.core.batch import Batch
from marketdata_platform.core.datasets import IMPORTS
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import from_us
from marketdata_platform.workflows.bookkeeping.contiguous_ids import contiguous_trade_ids
from marketdata_platform.workflows.bookkeeping.ingest_state import Pending, RecordedSpan

LIVE = "live"
# Longer without a trade, and nothing is claimed for the time between: perhaps nobody listened.
_TOGETHER_US = 3_600_000_000


def stretched(
    pending: Pending, instrument: Instrument, batches: Iterable[Batch]
) -> RecordedSpan | None:
    """The stretch that the trades among `batches` belong to; None where no claim is needed or
    nothing was heard.
    """
    if contiguous_trade_ids(instrument):
        return None
    days = [
        day
        for batch in batches
        if batch.dataset.name == "trades"
        for day in batch.coverage.values()
    ]
    if not days:
        return None
    first_us, last_us = min(day.first_us for day in days), max(day.last_us for day in days) + 1
    held = pending.stretches.get(str(instrument))
    if held is None or first_us > held.last_us + _TOGETHER_US:
        held = RecordedSpan(first_us, first_us, last_us)
    elif last_us < held.first_us - _TOGETHER_US:
        return RecordedSpan(first_us, first_us, last_us)  # of long ago: the present one goes on
    else:
        held = RecordedSpan(held.name_us, min(held.first_us, first_us), max(held.last_us, last_us))
    pending.stretches[str(instrument)] = held
    return held


def stretch_row(stretch: RecordedSpan, at: datetime) -> pa.Table:
    """The claim as a row of `imports`."""
    row: dict[str, Any] = {
        "sha256": f"{LIVE}:{stretch.name_us}",
        "source": "gatherers",
        "format": LIVE,
        "rows": 0,
        "quarantined": 0,
        "covers_from": from_us(stretch.first_us),
        "covers_to": from_us(stretch.last_us),
        "seconds": None,
        "imported_at": at,
    }
    return pa.Table.from_pylist([row], IMPORTS.arrow_schema)
