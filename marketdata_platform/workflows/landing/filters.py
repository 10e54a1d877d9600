"""Which of the decoded rows landing stores.

Belongs here: of streams that report more instruments than anybody asked for, those that were asked
for; of single and aggregate trades of one instrument, one kind, or every trade would count twice.
Does not: which streams report more (`Market.market_wide`), files, which are refused whole
(bookkeeping.trade_kind).

What was asked for is said by the configuration and by the recording itself: its notes say what it
subscribed to, so that a rebuild also finds what was configured when it was made: an option that has
expired since is in no configuration any more. Of the two kinds of trades, whichever is stored first
stays; what is left out stays in the journal, and quarantine says so once per round.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

import numpy as np

from marketdata_platform.core.errors import ConfigurationError, InvalidInput, InvalidInstrument
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.kit.streams import REST, Stream
from marketdata_platform.venues.lookups import market_of
from marketdata_platform.workflows.bookkeeping.cursors import GathererState
from marketdata_platform.workflows.bookkeeping.ingest_state import Pending
from marketdata_platform.workflows.bookkeeping.notes import Note
from marketdata_platform.workflows.bookkeeping.trade_kind import stored_kind
from marketdata_platform.workflows.landing.batch import JudgedRows, joined
from marketdata_platform.workflows.landing.decode import DecodedRound, RefusedFrame
from marketdata_platform.workflows.landing.frames import Bools
from marketdata_platform.workflows.ports import Store


def remember_named(state: GathererState, notes: Iterable[Note]) -> None:
    """Keep, by connection, the instruments that a gatherer subscribed to where streams report
    others, too.
    """
    for note in notes:
        held = state.connections.get(note.connection)
        if note.said.event == "subscribed" and held is not None:
            held.named += [
                name
                for name in note.said.instruments
                if _in_wide_market(name) and name not in held.named
            ]


def asked_for(
    configured: Set[Instrument], states: Iterable[GathererState], streams: Iterable[str]
) -> frozenset[Instrument]:
    """What the configuration names, what the gatherers said that they subscribed to, what REST was
    asked for.
    """
    named = {name for state in states for held in state.connections.values() for name in held.named}
    found = set(configured)
    found.update(filter(None, map(_instrument, named)))
    for stream in filter(None, map(_parsed, streams)):
        if stream.kind == REST and stream.symbol:
            found.update(filter(None, [_instrument(_name_of(stream))]))
    return frozenset(found)


def keep_wanted(decoded: DecodedRound, wanted: Set[Instrument]) -> None:
    """Leave out, and count, rows of market-wide streams whose instrument is not in `wanted`.

    Of a market of which nothing is wanted by name everything stays: somebody lands a recording
    without a configuration.
    """
    markets = {(one.venue, one.market) for one in wanted}
    kept = []
    for found in decoded.found:
        one, name = found.instrument, found.dataset.name
        if _is_wide(one, name) and (one.venue, one.market) in markets and one not in wanted:
            decoded.counts[f"{name} of instruments that are not configured"] += found.table.num_rows
        else:
            kept.append(found)
    decoded.found = kept


def _parsed(name: str) -> Stream | None:
    try:
        return Stream.parse(name)
    except InvalidInput:
        return None


def _name_of(stream: Stream) -> str:
    return f"{stream.venue}:{stream.market}:{stream.symbol}"


def _instrument(name: str) -> Instrument | None:
    try:
        return Instrument.parse(name)
    except InvalidInstrument:
        return None


def _is_wide(instrument: Instrument, dataset: str) -> bool:
    """True if what gives this dataset reports other instruments of its market, too."""
    return dataset in market_of(instrument).market_wide


def _in_wide_market(name: str) -> bool:
    """True if `venue:market:symbol` is of a market that has such datasets. What nothing is known of
    has none: its frames are refused.
    """
    instrument = _instrument(name)
    try:
        return instrument is not None and bool(market_of(instrument).market_wide)
    except ConfigurationError:
        return False


def of_one_kind(
    store: Store, pending: Pending, instrument: Instrument, rows: JudgedRows
) -> tuple[JudgedRows | None, RefusedFrame | None]:
    """The rows of the kind that the instrument has, None when there are none; and a word on those
    left out.
    """
    if rows.batch.dataset.name != "trades" or not len(rows.batch):
        return rows, None
    aggregates = [~np.asarray(part.table.column("first_trade_id").is_null()) for part in rows.parts]
    known = _aggregated(store, pending, instrument, bool(aggregates[0][0]))
    kept = [mask == known for mask in aggregates]
    if all(mask.all() for mask in kept):
        return rows, None
    left = joined(rows.parts, kept) if any(mask.any() for mask in kept) else None
    return left, _refused_kind(rows, kept, known, instrument)


def _aggregated(store: Store, pending: Pending, instrument: Instrument, first: bool) -> bool:
    """Whether the instrument has aggregate trades; `first`: whether the first one is, which decides
    where none is stored.
    """
    known = pending.aggregated.get(str(instrument))
    if known is None:
        stored = stored_kind(store, instrument)
        known = pending.aggregated[str(instrument)] = first if stored is None else stored
    return known


def _refused_kind(
    rows: JudgedRows, kept: list[Bools], known: bool, instrument: Instrument
) -> RefusedFrame:
    number = next(n for n, mask in enumerate(kept) if not mask.all())
    part, count = rows.parts[number], sum(int((~mask).sum()) for mask in kept)
    frame = int(part.frames[int(np.argmin(kept[number]))])
    here, other = ("aggregate", "single") if known else ("single", "aggregate")
    return RefusedFrame(
        int(part.heard.gatherer[frame]),
        int(part.heard.position[frame]),
        f"{count} {other} trades beside {here} ones would count twice: configure one kind, or "
        "another market name",
        "trades",
        "",
        instrument,
    )
