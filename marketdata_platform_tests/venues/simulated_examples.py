"""What the simulated exchange is asked of each venue, so that every simulated venue is asked the
same; the venue's own stand in `<venue>/simulated.py` as `SIMULATED`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Asked = Mapping[str, Mapping[str, Any]]
"""Route → parameters of the question, besides the symbol (or with another one)."""


@dataclass(frozen=True, kw_only=True)
class SimulatedExamples:
    """Of one venue.

    Args:
        listed: two instruments of one address.
        command: symbols → what subscribes to their trades, with the number 7 where messages have
            numbers.
        refused: a symbol that is listed, one that is not → fields of the answer to `command` for
            both; None: it is not refused.
        takes_others: whether that command subscribes to the symbol that is listed.
        streams: instrument → datasets that it streams.
        routes: market as REST streams name it → routes that give rows.
        symbols: market → a symbol of it.
    """

    listed: tuple[str, str]
    command: Callable[..., dict[str, Any]]
    refused: Callable[[str, str], dict[str, Any]]
    takes_others: bool
    streams: Mapping[str, tuple[str, ...]]
    routes: Mapping[str, Asked]
    symbols: Mapping[str, str]
