"""A venue's frames and REST answers to rows, by one signature.

Belongs here: which venue's decoder a name or a stream leads to, loading it. Does not: what a
message means (`decode` in the venue's folder). Heavy: landing and imports load this, a gatherer
does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.errors import ConfigurationError, InvalidInput
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues import Venue, all_venues, venue_named
from marketdata_platform.venues.continuity import EqualFrames
from marketdata_platform.venues.endpoint import ANY_MARKET
from marketdata_platform.venues.kit.rows import Decoded
from marketdata_platform.venues.kit.streams import Stream
from marketdata_platform.venues.lookups import unknown_market

Int64s = npt.NDArray[np.int64]


class Decode(Protocol):
    """Frames of one market's WebSocket streams to rows; `received_us`: µs since 1970, shape
    (len(frames),). `repeats` is what the connection's frames before these left, where the venue
    states `EqualFrames.COUNTED`; others do not look at it.
    """

    def __call__(
        self, market: str, frames: Sequence[bytes], received_us: Int64s, repeats: Repeats
    ) -> Decoded:
        """Rows, refusals and counts."""
        ...


class Decoder(Protocol):
    """What the module `Venue.decoder` has."""

    decode: Decode

    def decode_answers(
        self, stream: Stream, bodies: Sequence[bytes], received_us: Int64s
    ) -> Decoded:
        """Rows, refusals and counts of the answers on one REST stream. Answers that are errors are
        refused with what they say, those of an unknown route, too: nothing is raised.
        """
        ...


@cache
def _module(name: str) -> Decoder:
    try:
        module = import_module(name)
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"decoder {name} cannot be loaded: {error}") from error
    if not (hasattr(module, "decode") and hasattr(module, "decode_answers")):
        raise ConfigurationError(f"decoder {name} has no `decode` or no `decode_answers`")
    return cast(Decoder, module)


def decoder_of(venue: Venue) -> Decoder:
    """The venue's decoder.

    Raises:
        ConfigurationError: the module that the venue names cannot be loaded, or lacks a part.
    """
    return _module(venue.decoder)


def routed(key: str) -> tuple[Venue, str]:
    """Whose frames `VENUE:DATA_TYPE` (`BINANCE_FUTURES:FUNDING`) or `VENUE` are: the venue, and the
    market as its `decode` takes it.

    Raises:
        ConfigurationError: no venue states this key; the message lists those there are.
    """
    known = {key: (venue, m) for venue in all_venues().values() for key, m in _keys_of(venue)}
    for name in (key, key.partition(":")[0]):
        if name in known:
            return known[name]
    raise ConfigurationError(
        f"nothing is routed for {key[:80]!a}; there are {', '.join(sorted(known))}"
    )


def routing_key(stream: Stream) -> str:
    """The key under which a stream's frames are decoded: those of one key together.

    Raises:
        ConfigurationError: nothing is known of the venue, or it states no key for the market.
    """
    for key, market in _keys_of(venue_named(stream.venue)):
        if market in (stream.market, ANY_MARKET):
            return key
    raise unknown_market(stream.venue, stream.market)


def _keys_of(venue: Venue) -> list[tuple[str, str]]:
    return list(venue.routing_keys.items())


def counts_equal_frames(name: str) -> bool:
    """True if equal frames on the stream of this name are different events. False where nobody can
    read it: its frames are refused.
    """
    try:
        stream = Stream.parse(name)
        return venue_named(stream.venue).repeats is EqualFrames.COUNTED
    except (InvalidInput, ConfigurationError):
        return False


def decode_answers(
    stream: Stream, bodies: Sequence[bytes], received_us: Sequence[int] | Int64s
) -> Decoded:
    """Rows, refusals and counts of the answers on one REST stream.

    Raises:
        ConfigurationError: nothing is known of the venue.
    """
    decoder = decoder_of(venue_named(stream.venue))
    return decoder.decode_answers(stream, bodies, np.asarray(received_us, np.int64))
