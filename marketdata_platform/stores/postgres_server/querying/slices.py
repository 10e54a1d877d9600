"""Where a read of one instrument is cut (stores.slices): what PostgreSQL is asked for it.

Belongs here: the syntax of PostgreSQL, the size of a part, bounds that let partitions be passed
over. Does not: the rules of cutting.
"""

from __future__ import annotations

from typing import Any

from marketdata_platform.core.datasets import Dataset, Tier
from marketdata_platform.core.window import Window, from_us
from marketdata_platform.stores.postgres_server.conditions import within
from marketdata_platform.stores.postgres_server.tables import InstrumentTables
from marketdata_platform.stores.slices import BUCKET_NUMBERS, Slice, SliceSyntax, cut

SLICE_ROWS = 1 << 19
_SYNTAX = SliceSyntax(
    where="AND",
    column="t.{}",
    parameter="%s",
    minute="(extract(epoch FROM date_trunc('minute', {})) / 60)::bigint",
    number=f"{{}} / {BUCKET_NUMBERS}",
)


def slices(tables: InstrumentTables, dataset: Dataset, window: Window | None) -> list[Slice]:
    """Parts of about `SLICE_ROWS` rows, which together are the window; each is wholly before the
    next.
    """
    if dataset.tier is Tier.META:
        return [_whole(dataset, window)]
    days = tables.coverage(dataset, *_days(window))
    if not days:
        return []
    held = Window.of_days(min(days), max(days))  # bounds that let other partitions be passed over
    whole = _whole(dataset, held if window is None else _overlap(held, window))
    rows = sum(day.rows for day in days.values())
    return cut(tables, dataset, whole, rows=rows, limit=SLICE_ROWS, syntax=_SYNTAX)


def _whole(dataset: Dataset, window: Window | None) -> Slice:
    if window is None:
        return Slice("", ())
    where, parameters = within(dataset, window)
    return Slice(where, tuple(parameters))


def _days(window: Window | None) -> tuple[str, list[Any]]:
    if window is None:
        return "", []
    return "day BETWEEN %s AND %s", [window.start.date(), from_us(window.end_us - 1).date()]


def _overlap(one: Window, other: Window) -> Window:
    return Window(max(one.start, other.start), min(one.end, other.end))
