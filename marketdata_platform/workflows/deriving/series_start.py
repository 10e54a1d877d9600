"""The series' start of an instrument: learnt from the store once, and remembered there.

Belongs here: reading and remembering it. Does not: what follows from it (core/series_start.py).
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pyarrow as pa

from marketdata_platform.core.bars import klines
from marketdata_platform.core.datasets import CHECKPOINTS
from marketdata_platform.core.errors import ConfigurationError, StoreUnavailable
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.series_start import SeriesStart
from marketdata_platform.core.window import Window
from marketdata_platform.workflows.bookkeeping.day_frame import frame_of_day
from marketdata_platform.workflows.bookkeeping.retention_tombstones import dropped_days
from marketdata_platform.workflows.ports import Coverage, Store

_NAME = "series_start"
# One row per instrument, whatever its first day: no derived series has this day.
_KEPT_AT = date(1970, 1, 1)


def series_start(store: Store, instrument: Instrument) -> SeriesStart | None:
    """The series' start, remembered beside the checkpoints (retention may drop the day itself);
    None without trades.
    """
    coverage = sorted(store.coverage("trades", instrument))
    remembered = _remembered(store, instrument)
    if remembered:
        day, digest, start = remembered
        gone = {one.day for one in dropped_days(store, instrument, coverage)}
        dropped = not coverage or day < coverage[0].day or day in gone
        if dropped or (day == coverage[0].day and digest == coverage[0].digest):
            return start
    return _learn(store, instrument, coverage)


def _learn(store: Store, instrument: Instrument, coverage: list[Coverage]) -> SeriesStart | None:
    for number, day in enumerate(coverage):
        totals = klines(frame_of_day(store, "trades", instrument, day.day), "1d")
        if totals.height:
            row = totals.row(0, named=True)
            start = SeriesStart(row["open"], row["volume"], row["quote_volume"])
            if number == 0:
                _remember(store, instrument, day, start)
            return start
    return None  # no trade, or none at the market


def _remember(store: Store, instrument: Instrument, first: Coverage, start: SeriesStart) -> None:
    values = [str(first.day), str(start.first_price), str(start.volume), str(start.quote_volume)]
    state = json.dumps(values).encode()
    row = {
        "dataset": _NAME,
        "day": _KEPT_AT,
        "fingerprint": first.digest,
        "state": state,
        "state_digest": hashlib.sha256(state).hexdigest(),
        "rows": None,
    }
    # One who may only read learns it anew each time: it is the same as long as the day is.
    with suppress(ConfigurationError, StoreUnavailable):
        store.append(
            CHECKPOINTS.name,
            instrument,
            pa.Table.from_pylist([row], schema=CHECKPOINTS.arrow_schema),
        )


def _remembered(store: Store, instrument: Instrument) -> tuple[date, str, SeriesStart] | None:
    for batch in store.read(CHECKPOINTS.name, instrument, Window.of_day(_KEPT_AT)):
        for row in batch.to_pylist():
            if row["dataset"] != _NAME:
                continue
            day, *amounts = json.loads(row["state"])
            return date.fromisoformat(day), row["fingerprint"], SeriesStart(*map(Decimal, amounts))
    return None
