"""Every venue's frames to rows, by one signature, and which decoder a routing key leads to.

Belongs here: the table of decoders, the routing rule. Does not: what a message means (one file a
venue).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from operator import attrgetter
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues.binance import decode
from marketdata_platform.venues.bybit import rows as bybit_rows
from marketdata_platform.venues.bybit import streams as bybit_streams
from marketdata_platform.venues.deribit import rows as deribit_rows
from marketdata_platform.venues.deribit import streams as deribit_streams
from marketdata_platform.venues.deribit.names import market_of
from marketdata_platform.venues.kalshi import rows as kalshi_rows
from marketdata_platform.venues.kalshi import streams as kalshi_streams
from marketdata_platform.venues.kit.rows import Decoded, read_all

Int64s = npt.NDArray[np.int64]
T = TypeVar("T")


class Decode(Protocol):
    """Frames of one market's WebSocket streams to rows; `received_us`: µs since 1970, shape
    (len(frames),).
    """

    def __call__(self, market: str, frames: Sequence[bytes], received_us: Int64s) -> Decoded:
        """Rows, refusals and counts."""
        ...


def bybit(market: str, frames: Sequence[bytes], received_us: Int64s) -> Decoded:
    """Frames of Bybit v5's public topics; `market` is `spot`, `linear` or `inverse`."""
    out = Decoded(received_us, lambda symbol: Instrument("bybit", market, symbol))
    numbers, events = read_all(bybit_streams.decode, frames, out.reject)
    for kind, (rows, messages) in _grouped(numbers, events, attrgetter("kind")).items():
        if isinstance(messages[0], bybit_streams.Unknown):
            out.count(f"unknown {kind}", len(messages))
        else:
            out.count(kind, len(messages))
            bybit_rows.ROWS[kind](out, messages, rows)
    return out


def deribit(market: str, frames: Sequence[bytes], received_us: Int64s) -> Decoded:
    """Frames of Deribit's channels. One connection carries all markets, so `market` is not looked
    at.
    """
    out = Decoded(received_us, lambda symbol: Instrument("deribit", market_of(symbol), symbol))
    numbers, found = read_all(deribit_streams.decode, frames, out.reject)
    if list in set(map(type, found)):
        numbers = [
            n for n, e in zip(numbers, found, strict=True) for _ in (e if type(e) is list else (e,))
        ]
        found = [one for e in found for one in (e if type(e) is list else (e,))]
    for kind, (rows, events) in _grouped(numbers, found, type).items():
        if kind is deribit_streams.Unknown:
            for event in events:
                out.count(f"unknown {event.kind}")
        else:
            out.count(deribit_streams.NAMES[kind], len(events))
            deribit_rows.ROWS[kind](out, events, rows)
    return out


def kalshi(
    market: str, frames: Sequence[bytes], received_us: Int64s, repeats: Repeats | None = None
) -> Decoded:
    """Frames of Kalshi's channels. `repeats` is what the frames before these left: without it, two
    equal changes of one microsecond that a cut of the stream parts would become one.
    """
    out = Decoded(received_us, lambda symbol: Instrument("kalshi", market, symbol))
    repeats = repeats if repeats is not None else Repeats()
    numbers, events = read_all(kalshi_streams.decode, frames, out.reject)
    for kind, (rows, found) in _grouped(numbers, events, type).items():
        if kind is kalshi_streams.Unknown:
            for event in found:
                out.count(f"unknown {event.kind}")
        else:
            out.count(kalshi_streams.NAMES[kind], len(found))
            kalshi_rows.ROWS[kind](out, found, rows, repeats)
    return out


DECODERS: dict[str, tuple[Decode, str]] = {
    "BINANCE": (decode.decode, "spot"),
    "BINANCE_FUTURES": (decode.decode, "futures"),
    "BINANCE_DELIVERY": (decode.decode, "coin_futures"),
    "BINANCE_OPTIONS": (decode.decode, "options"),
    "DERIBIT": (deribit, "any"),
    "BYBIT": (bybit, "linear"),
    "BYBIT_SPOT": (bybit, "spot"),
    "BYBIT_LINEAR": (bybit, "linear"),
    "BYBIT_INVERSE": (bybit, "inverse"),
    "KALSHI": (kalshi, "event"),
}


def route(table: Mapping[str, T], key: str) -> T:
    """What `table` has for `VENUE:DATA_TYPE` (`BINANCE_FUTURES:FUNDING`), else for `VENUE`.

    Raises:
        ConfigurationError: it has neither; the message lists what there is.
    """
    for name in (key, key.partition(":")[0]):
        if name in table:
            return table[name]
    raise ConfigurationError(
        f"nothing is routed for {key[:80]!a}; there are {', '.join(sorted(table))}"
    )


def _grouped(
    numbers: Sequence[int], events: Sequence[Any], key: Callable[[Any], Any]
) -> dict[Any, tuple[Int64s, list[Any]]]:
    """Events by `key`, in the order in which each key first comes."""
    keys = list(map(key, events))
    kinds = list(dict.fromkeys(keys))
    rows = np.array(numbers, np.int64)
    if len(kinds) == 1:
        return {kinds[0]: (rows, list(events))}
    chosen = {kind: [one == kind for one in keys] for kind in kinds}
    return {
        kind: (rows[np.array(these)], list(compress(events, these)))
        for kind, these in chosen.items()
    }
