"""Bybit: its public trade dumps (public.bybit.com/trading).

Belongs here: how Bybit writes files. Does not: reading files (history).

Times are seconds as decimal text; rows are newest first in old dumps, oldest first in new ones; ids
are UUIDs, so the order among trades of one moment is their place in the file. `size` is contracts
(USD) of inverse and base currency of linear instruments; homeNotional and foreignNotional change
places between the two and are not used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from marketdata_platform.venues.kit.file_formats import FileFormats, TradeDump
from marketdata_platform.venues.kit.layouts import Kind, Layout

_NAMES = {
    "timestamp": Kind.SECONDS,
    "symbol": Kind.EXPECTED,
    "side": Kind.SIDE,
    "size": Kind.QUANTITY,
    "price": Kind.PRICE,
    "trdMatchID": Kind.TEXT_ID,
}


def layout_of(header: Sequence[str]) -> Layout | None:
    """The layout of a dump with this header; None when a column that is needed is missing."""
    names = tuple(name.strip() for name in header)
    if not set(_NAMES).issubset(names) or len(set(names)) != len(names):
        return None
    return Layout("Bybit trades", names, tuple(_NAMES.get(name, Kind.SKIP) for name in names))


FILES = FileFormats(
    dumps=(
        TradeDump(
            name="bybit-trades",
            file_name=re.compile(  # BTCUSD2019-10-01.csv.gz
                r"(?P<symbol>[A-Z0-9]+?)(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?=\.csv)"
            ),
            layout_of=layout_of,
            headerless=(),
            markets={},
        ),
    ),
    captures=(),
    tables=(),
    markets=("spot", "linear", "inverse", "option"),
    market_names={},
    others={},
)
