"""What a command works on: the platform of the root, instruments by name, days by first and
last.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.platform import Platform


def instruments_named(platform: Platform, names: list[str] | None) -> list[Instrument]:
    """The instruments called `names`; none given: all that the store holds.

    Raises:
        InvalidInput: a name that the store does not hold, or an empty store.
    """
    held = platform.instruments()
    if not held:
        raise InvalidInput(
            f"the store at {platform.root} holds no instrument: run `marketdata import` or "
            "`marketdata demo` first"
        )
    if not names:
        return held
    wanted = [Instrument.parse(name) for text in names for name in text.split(",")]
    unknown = [i for i in wanted if i not in held]
    if unknown:
        known = ", ".join(map(str, held[:20]))
        raise InvalidInput(f"the store at {platform.root} holds no {unknown[0]}; it holds {known}")
    return wanted


def days_of_trades(platform: Platform, instrument: Instrument) -> list[date]:
    """The UTC days on which the instrument has trades, sorted."""
    return sorted(c.day for c in platform.store.coverage("trades", instrument))


def chosen_days(platform: Platform, first: date | None, last: date | None) -> list[date] | None:
    """The UTC days from `first` to `last`; None when neither is given: all.

    A missing end means the start of the recording, or today.

    Raises:
        InvalidWindow: `last` is before `first`.
    """
    if first is None and last is None:
        return None
    today = datetime.now(UTC).date()
    start = first or platform.settings.start_date
    return list(Window.of_days(start, last or max(today, first or today)).days())
