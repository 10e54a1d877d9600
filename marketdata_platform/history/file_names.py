"""What a dump's file name promises: its symbol, and the day or month that it records without a
hole.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from marketdata_platform.core.window import Window
from marketdata_platform.history.formats import known


def claimed_stretch(name: str) -> Window | None:
    """The UTC day or month in the name of an exchange's or a vendor's dump; None for other names,
    and for one that may mean several.

    Raises:
        ConfigurationError: a venue's files cannot be loaded.
    """
    found = {_stretch(match) for match in _matches(name)}
    return found.pop() if len(found) == 1 else None


def claimed_symbols(name: str) -> set[str]:
    """The symbols that the name of an exchange's dump may mean; none for other names, and for
    vendors' whose rows say it.

    Raises:
        ConfigurationError: a venue's files cannot be loaded.
    """
    found = (match.groupdict().get("symbol") for match in _matches(name))
    return {symbol for symbol in found if symbol is not None}


def _matches(name: str) -> list[re.Match[str]]:
    found = (pattern.match(name) for pattern in known.file_names())
    return [match for match in found if match is not None]


def _stretch(found: re.Match[str]) -> Window | None:
    try:
        first = date(int(found["year"]), int(found["month"]), int(found["day"] or 1))
    except ValueError:
        return None
    if found["day"]:
        return Window.of_day(first)
    return Window.of_days(
        first, (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    )
