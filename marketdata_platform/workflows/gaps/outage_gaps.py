"""Holes of venues that do not number what they send: the time in which no gatherer listened.

Belongs here: when each gatherer listened, by its notes and frames, and when none did. Does not:
trades and books whose numbers show gaps (sequence_gaps, book_gaps).

A connection listened until its last frame: that it was dead is noticed only later, and a gatherer
that is killed notes nothing. So what follows is cautious: in a quiet market it may call a second
deaf that was only silent. It counts as a hole only when it is so for every gatherer at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from marketdata_platform.core.errors import ConfigurationError, InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.continuity import BookIds
from marketdata_platform.venues.lookups import continuity_of
from marketdata_platform.workflows.bookkeeping.cursors import ConnectionState, GathererState
from marketdata_platform.workflows.bookkeeping.ingest_state import Outage, Pending, pending_key
from marketdata_platform.workflows.bookkeeping.notes import Note

Span = tuple[int, int]
_NOT_LISTENING = frozenset({"resubscribing", "refused"})
_FORGET_US = 86_400_000_000
_FOR_EVER_US = 2**62
# A gap of a connection's numbers is noted soon after the frame that shows it.
_NOTED_AFTER_US = 2_000_000


def unnumbered(instrument: Instrument, dataset: str) -> bool:
    """True if holes in the dataset are seen only by the time in which nobody listened, or heard
    everything.

    Raises:
        ConfigurationError: nothing is known of the venue.
    """
    continuity = continuity_of(instrument)
    if dataset == "trades":
        return not continuity.numbered_trades
    return dataset == "book_deltas" and not continuity.numbered_books


def follow(
    state: GathererState, notes: Iterable[Note], heard: Mapping[str, int]
) -> list[tuple[str, Outage]]:
    """What a gatherer did not hear, by its notes; `heard`: last receipt, µs, by stream, of the
    batch they are in.
    """
    for stream, last_us in heard.items():
        held = state.connections.get(stream)
        if held is not None:
            held.heard_us = max(held.heard_us, last_us)
    losses: list[tuple[str, str, Outage]] = []
    for note in notes:
        if note.said.event == "handover":  # planned: the one before was listening
            losses = [loss for loss in losses if loss[0] != note.connection]
        losses += [(note.connection, *loss) for loss in _heed(state, note, heard)]
    _forget(state, max(heard.values(), default=0))
    return [(key, loss) for _, key, loss in losses]


def _heed(state: GathererState, note: Note, heard: Mapping[str, int]) -> list[tuple[str, Outage]]:
    """Keep what a note says of its connection; what that did not hear by it."""
    event = note.said.event
    if event == "subscribed":
        return _subscribed(state, note, heard)
    if event == "gap":
        return _lost_numbers(note)
    if event in _NOT_LISTENING:
        _unsubscribed(state, note)
    elif event == "disconnected" and note.connection in state.connections:
        state.connections[note.connection].ended_us = note.recv_us
    return []


def _lost_numbers(note: Note) -> list[tuple[str, Outage]]:
    """What a connection did not hear by the numbers of its own subscription, which count the
    messages of all that it carries. Other numbers are seen in the rows.
    """
    since_us = note.recv_us if note.said.since_us is None else note.said.since_us
    # In a quiet market the next message comes late.
    since_us = min(since_us, note.recv_us - _NOTED_AFTER_US)
    return [
        (pending_key(instrument, dataset), Outage(since_us, note.recv_us))
        for instrument, dataset in _carried(note)
        if continuity_of(instrument).book_ids is BookIds.SUBSCRIPTION
    ]


def listening(state: GathererState) -> dict[str, int]:
    """By key, until when the gatherer listened."""
    found: dict[str, int] = {}
    for held in state.connections.values():
        for key in held.carries:
            found[key] = max(found.get(key, 0), held.heard_us)
    return found


def _subscribed(
    state: GathererState, note: Note, heard: Mapping[str, int]
) -> list[tuple[str, Outage]]:
    held = state.connections.setdefault(note.connection, ConnectionState())
    losses = []
    for key in dict.fromkeys(pending_key(*one) for one in _carried(note)):
        if key in held.carries:
            continue
        others = [other for other in state.connections.values() if key in other.carries]
        until = max((_until(other, note.recv_us) for other in others), default=0)
        if until < note.recv_us:
            # It begins: what came before it did not hear, but that is no hole of its own.
            losses.append((key, Outage(until, note.recv_us, in_ledger=not others)))
        held.carries.append(key)
    held.heard_us = max(held.heard_us, note.recv_us, heard.get(note.connection, 0))
    return losses


def _unsubscribed(state: GathererState, note: Note) -> None:
    """The venue refused what the connection had asked for: it never listened to that, though it may
    do so once it is subscribed again.
    """
    held = state.connections.get(note.connection)
    if held is not None:
        refused = {pending_key(*one) for one in _carried(note)}
        held.carries = [key for key in held.carries if key not in refused]


def _until(other: ConnectionState, at_us: int) -> int:
    """Until when a connection listened. One that ended after another had taken its place was
    listening till then.
    """
    return at_us if other.ended_us is not None and other.ended_us >= at_us else other.heard_us


def _carried(note: Note) -> list[tuple[Instrument, str]]:
    """What a connection subscribed to whose gaps only silence shows. An instrument of a venue of
    which nothing is known is passed over: its frames are refused, with what is to be done.
    """
    found = []
    for name, datasets in note.said.instruments.items():
        try:
            instrument = Instrument.parse(name)
            continuity_of(instrument)
        except (InvalidInput, ConfigurationError):
            continue
        found += [(instrument, one) for one in datasets if unnumbered(instrument, one)]
    return found


def _forget(state: GathererState, now_us: int) -> None:
    """Connections that ended long ago; the last that carried something is kept, it says until
    when.
    """
    latest = listening(state)
    for name, held in list(state.connections.items()):
        needed = any(latest[key] == held.heard_us for key in held.carries)
        if not needed and held.heard_us < now_us - _FORGET_US:
            del state.connections[name]


def silences(pending: Pending, key: str, losses: Iterable[Outage]) -> list[Span]:
    """The parts of `losses` in which no gatherer listened, µs."""
    common = joined(
        (loss.since_us, loss.until_us) for loss in losses if loss.until_us > loss.since_us
    )
    for gatherer, until_us in pending.heard.get(key, {}).items():
        lost = [
            (loss.since_us, loss.until_us) for loss in pending.losses.get(key, {}).get(gatherer, [])
        ]
        common = crossed(common, joined([*lost, (until_us, _FOR_EVER_US)]))
    return common


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same time as spans that neither touch nor overlap, in order."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def crossed(ones: Iterable[Span], others: list[Span]) -> list[Span]:
    """The time that is in both."""
    return [(max(a, c), min(b, d)) for a, b in ones for c, d in others if max(a, c) < min(b, d)]


def newest_of(pending: Pending, key: str) -> int:
    """When any gatherer was heard last on this key, µs."""
    return max(pending.heard.get(key, {}).values(), default=0)


def forget_losses(pending: Pending, kept_us: int) -> None:
    """Drop what is longer ago than `kept_us`: nothing that still comes is crossed with it."""
    for key, by_gatherer in list(pending.losses.items()):
        before_us = newest_of(pending, key) - kept_us
        for gatherer, losses in list(by_gatherer.items()):
            by_gatherer[gatherer] = [loss for loss in losses if loss.until_us >= before_us]
            if not by_gatherer[gatherer]:
                del by_gatherer[gatherer]
        if not by_gatherer:
            del pending.losses[key]
