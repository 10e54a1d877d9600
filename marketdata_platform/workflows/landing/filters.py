"""Of streams that tell of more instruments than anybody asked for: which of their rows landing
stores.

Belongs here: what was asked for, by the configuration and by the recording itself. Does not: which
streams are such (venues.broad). A recording says in its notes what it subscribed to, so that a
rebuild also finds what was configured when it was made: an option that has expired since is in no
configuration any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

from marketdata_platform.core.errors import InvalidInput, InvalidInstrument
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.kit.streams import REST, Stream
from marketdata_platform.venues.market_wide import in_broad_market, is_broad
from marketdata_platform.workflows.bookkeeping.cursors import GathererState
from marketdata_platform.workflows.bookkeeping.notes import Note
from marketdata_platform.workflows.landing.decode import DecodedRound


def remember_named(state: GathererState, notes: Iterable[Note]) -> None:
    """Keep, by connection, the instruments that a gatherer subscribed to where streams tell of
    others, too.
    """
    for note in notes:
        held = state.connections.get(note.connection)
        if note.said.event == "subscribed" and held is not None:
            held.named += [
                name
                for name in note.said.instruments
                if in_broad_market(name) and name not in held.named
            ]


def asked_for(
    configured: Set[Instrument], states: Iterable[GathererState], streams: Iterable[str]
) -> frozenset[Instrument]:
    """What the configuration names, what the gatherers said that they subscribed to, what REST was
    asked for.
    """
    named = {name for state in states for held in state.connections.values() for name in held.named}
    found = set(configured)
    for name in named:
        venue, _, rest = name.partition(":")
        market, _, symbol = rest.partition(":")
        _add(found, venue, market, symbol)
    for stream in filter(None, map(_parsed, streams)):
        if stream.kind == REST and stream.symbol:
            _add(found, stream.venue, stream.market, stream.symbol)
    return frozenset(found)


def keep_wanted(decoded: DecodedRound, wanted: Set[Instrument]) -> None:
    """Leave out, and count, rows of broad streams whose instrument is not in `wanted`.

    Of a market of which nothing is wanted by name everything stays: somebody lands a recording
    without a configuration.
    """
    markets = {(one.venue, one.market) for one in wanted}
    kept = []
    for found in decoded.found:
        one, name = found.instrument, found.dataset.name
        if is_broad(one, name) and (one.venue, one.market) in markets and one not in wanted:
            decoded.counts[f"{name} of instruments that are not configured"] += found.table.num_rows
        else:
            kept.append(found)
    decoded.found = kept


def _parsed(name: str) -> Stream | None:
    try:
        return Stream.parse(name)
    except InvalidInput:
        return None


def _add(found: set[Instrument], venue: str, market: str, symbol: str) -> None:
    try:
        found.add(Instrument(venue, market, symbol))
    except InvalidInstrument:
        return
