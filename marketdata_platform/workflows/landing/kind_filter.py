"""Single and aggregate trades of one instrument: whichever is stored first stays, or every trade
would count twice.

Belongs here: which kind an instrument has, leaving out the other. Does not: files, which are
refused whole (granularity). What is left out stays in the journal; quarantine says so once a round.
"""

from __future__ import annotations

import numpy as np

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.workflows.bookkeeping.ingest_state import Pending
from marketdata_platform.workflows.bookkeeping.trade_kind import stored_kind
from marketdata_platform.workflows.landing.batch import Rows, joined
from marketdata_platform.workflows.landing.decode import RefusedFrame
from marketdata_platform.workflows.ports import Store


def of_one_kind(
    store: Store, pending: Pending, instrument: Instrument, rows: Rows
) -> tuple[Rows | None, RefusedFrame | None]:
    """The rows of the kind that the instrument has, None when there are none; and a word on those
    left out.
    """
    if rows.batch.dataset.name != "trades" or not len(rows.batch):
        return rows, None
    aggregates = [~np.asarray(part.table.column("first_trade_id").is_null()) for part in rows.parts]
    known = pending.aggregated.get(str(instrument))
    if known is None:
        stored = stored_kind(store, instrument)
        known = pending.aggregated[str(instrument)] = (
            bool(aggregates[0][0]) if stored is None else stored
        )
    kept = [mask == known for mask in aggregates]
    if all(mask.all() for mask in kept):
        return rows, None
    number, place = next((n, int(np.argmin(mask))) for n, mask in enumerate(kept) if not mask.all())
    part, count = rows.parts[number], sum(int((~mask).sum()) for mask in kept)
    frame = int(part.frames[place])
    here, other = ("aggregate", "single") if known else ("single", "aggregate")
    reason = (
        f"{count} {other} trades beside {here} ones would count twice: configure one kind, or "
        "another market name"
    )
    refused = RefusedFrame(
        int(part.heard.gatherer[frame]),
        int(part.heard.position[frame]),
        reason,
        "trades",
        "",
        instrument,
    )
    return (joined(rows.parts, kept) if any(mask.any() for mask in kept) else None), refused
