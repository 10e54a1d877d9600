"""What a dump's file name promises: its symbol, and the day or month that it records without a
hole.
"""

from __future__ import annotations

from datetime import date, timedelta

from marketdata_platform.core.window import Window
from marketdata_platform.history.formats import tardis
from marketdata_platform.venues.binance import names as binance
from marketdata_platform.venues.bybit import names as bybit


def claimed_stretch(name: str) -> Window | None:
    """The UTC day or month in the name of an exchange's or Tardis's dump; None for other names."""
    found = (
        binance.DUMP_NAME.match(name)
        or bybit.DUMP_NAME.match(name)
        or tardis.DUMP_NAME.search(name)
    )
    if found is None:
        return None
    try:
        first = date(int(found["year"]), int(found["month"]), int(found["day"] or 1))
    except ValueError:
        return None
    if found["day"]:
        return Window.of_day(first)
    return Window.of_days(
        first, (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    )


def claimed_symbol(name: str) -> str | None:
    """The symbol in the name of an exchange's dump; None for other names. Tardis's are in its
    rows.
    """
    found = binance.DUMP_NAME.match(name) or bybit.DUMP_NAME.match(name)
    return found["symbol"] if found else None
