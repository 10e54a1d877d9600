"""Stores of gatherers of their own, beside the centre's: keeping one short, filling one from
another.

Belongs here: which rows go and come. Does not: landing into such a store (landing), which store
(platform).
"""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa

from marketdata_platform.core.datasets import RAW
from marketdata_platform.core.window import Window
from marketdata_platform.workflows.ports import Appended, Store


def drop_raw_before(store: Store, cutoff: datetime) -> int:
    """Delete raw rows with a time before `cutoff`, of all instruments; the number of rows."""
    return sum(
        store.drop_before(kind.name, one, cutoff) for one in store.instruments() for kind in RAW
    )


def fill_store(
    taker: Store, giver: Store, *, source: str, window: Window | None
) -> dict[str, Appended]:
    """Give `taker` the raw rows that `giver` has in `window` (None: ever) and it has not; what was
    added, by dataset. `source` names the giver where a row goes to quarantine.
    """
    result: dict[str, Appended] = {}
    for instrument in giver.instruments():
        for kind in RAW:
            for batch in giver.read(kind.name, instrument, window):
                rows = pa.Table.from_batches([batch])
                added = taker.append(kind.name, instrument, rows, source=source)
                result[kind.name] = result.get(kind.name, Appended()) + added
    return result
