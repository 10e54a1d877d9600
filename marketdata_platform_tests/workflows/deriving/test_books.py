"""Books rebuilt from the store are those that a listener would have had, at any time, or invalid
where they must be.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from marketdata_platform.core.books.book import Book
from marketdata_platform.core.books.book_events import book_events
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import from_us
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.venues.binance.rest import decode_rest
from marketdata_platform.venues.lookups import book_rule
from marketdata_platform.workflows.deriving.books import book_at
from marketdata_platform_tests.venues.recordings import kalshi_capture, stamped_capture
from marketdata_platform_tests.venues.small_frames import DECODERS
from marketdata_platform_tests.workflows.landing.land_journals import (
    BTC,
    NOW,
    SPOT,
    START_MS,
    depth,
    landed,
    write,
)

REST = "binance:spot/rest/depth?symbol=BTCUSDT"
WHOLE = b'{"lastUpdateId":10,"bids":[["100","1"],["99","5"]],"asks":[["101","2"]]}'


@pytest.fixture
def store():
    return MemoryStore(clock=lambda: NOW)


def at(number):
    """Exchange time of the delta that ends with `number`."""
    return from_us((START_MS + number * 100) * 1000)


def spot(*deltas, whole=WHOLE, when=START_MS + 950):
    return [
        (REST, whole, when),
        *[(SPOT, depth(*delta), START_MS + delta[1] * 100 + 5) for delta in deltas],
    ]


def test_a_book_is_its_snapshot_and_what_changed_since(store, tmp_path):
    deltas = [
        (8, 10, ("b", "99", "7")),
        (11, 11, ("b", "100", "3")),
        (12, 14, ("a", "101", "0"), ("a", "102", "1")),
    ]
    write(tmp_path, "g1", spot(*deltas))
    landed(store, tmp_path, "g1")
    assert book_at(store, BTC, at(11)).levels() == ([(100, 3), (99, 5)], [(101, 2)])
    book = book_at(store, BTC, at(14))
    assert book.valid and book.last_id == 14
    assert book.levels() == ([(100, 3), (99, 5)], [(102, 1)])
    assert not book_at(store, BTC, at(5)).valid
    assert not book_at(store, Instrument("binance", "spot", "NOBODY"), at(5)).valid


def test_a_break_is_bridged_by_another_gatherer_else_the_book_is_invalid_until_a_snapshot(
    store, tmp_path
):
    first, lost, later = (
        (11, 11, ("b", "100", "3")),
        (12, 12, ("b", "98", "1")),
        (13, 13, ("b", "97", "1")),
    )
    write(tmp_path, "g1", spot(first, later))
    landed(store, tmp_path, "g1")
    assert book_at(store, BTC, at(12)).valid
    assert not book_at(store, BTC, at(13)).valid
    again = b'{"lastUpdateId":20,"bids":[["90","1"]],"asks":[["91","2"]]}'
    write(tmp_path, "g1", spot((21, 21, ("b", "89", "1")), whole=again, when=START_MS + 2050))
    landed(store, tmp_path, "g1")
    assert book_at(store, BTC, at(21)).levels() == ([(90, 1), (89, 1)], [(91, 2)])
    assert not book_at(store, BTC, at(13)).valid
    write(tmp_path, "g2", [(SPOT, depth(*lost), START_MS)])
    landed(store, tmp_path, "g1", "g2")
    assert book_at(store, BTC, at(13)).levels()[0] == [(100, 3), (99, 5), (98, 1), (97, 1)]


def test_a_snapshot_dated_too_early_is_not_taken_for_an_earlier_state(store, tmp_path):
    """Recorders' clocks were found more than a second behind: their snapshots then seem older than
    they are.
    """
    later = b'{"lastUpdateId":13,"bids":[["50","1"]],"asks":[["51","2"]]}'
    write(
        tmp_path,
        "g1",
        [*spot((11, 11), (12, 12), (13, 13), (14, 14)), (REST, later, START_MS + 1_100)],
    )
    landed(store, tmp_path, "g1")
    assert book_at(store, BTC, at(12)).levels()[0][0] == (100, 1)
    assert book_at(store, BTC, at(14)).levels()[0][0] == (50, 1)


def listened(market_key, instrument, frames, received_us, until_us):
    """The book of one who applies every frame as it comes, up to an exchange time."""
    decode, market = DECODERS[market_key]
    book, seen = Book(book_rule(instrument)), []
    out = decode(market, frames, received_us)
    for dataset in ("book_snapshots", "book_deltas"):
        for rows in out.of(dataset):
            frame = pl.DataFrame(pl.from_arrow(rows.table)).with_columns(
                frame=pl.Series(rows.frames)
            )
            for (number,), part in frame.group_by("frame", maintain_order=True):
                seen.append((number, dataset, part))
    for _, dataset, part in sorted(seen, key=lambda item: item[0]):
        if part["ts_event"][0] <= from_us(until_us):
            for event in book_events(part.drop("frame"), snapshot=dataset == "book_snapshots"):
                book.apply(event)
    return book


def test_a_recorded_market_of_signed_changes_is_rebuilt_as_it_was_heard(store, tmp_path):
    folder = "kalshi-gold15m-ws/events/KXGOLD15M-26AUG050000-00/2026-08-05.ndjson.zst"
    frames, received = kalshi_capture(folder)
    frames, received = frames[:9_000], received[:9_000]
    instrument = Instrument("kalshi", "event", "KXGOLD15M-26AUG050000-00")
    write(
        tmp_path,
        "g1",
        [
            ("kalshi:event/ws/c1", f, int(us) // 1000)
            for f, us in zip(frames, received, strict=True)
        ],
    )
    landed(store, tmp_path, "g1")
    last_us = int(received[-1]) + 10_000_000
    expected = listened("KALSHI", instrument, frames, received, last_us)
    book = book_at(store, instrument, from_us(last_us))
    assert expected.valid and book.valid
    assert book.levels() == expected.levels()


def test_a_recorded_futures_book_is_rebuilt_as_it_was_heard(store, tmp_path):
    frames, received = stamped_capture("hftbacktest-binance-ws/usdm/btcusdt_20240718.log.zst")
    rest, live = "binance:futures/rest/depth?symbol=BTCUSDT", "binance:futures/ws/c1"
    streams = [rest if b"lastUpdateId" in frame[:60] else live for frame in frames]
    keep = [n for n, f in enumerate(frames) if b"depth" in f[:60] or b"lastUpdateId" in f[:60]][
        :1_200
    ]
    write(tmp_path, "g1", [(streams[n], frames[n], int(received[n]) // 1000) for n in keep])
    landed(store, tmp_path, "g1")
    instrument = Instrument("binance", "futures", "BTCUSDT")
    (whole,) = [f for f in frames if b"lastUpdateId" in f[:60]]
    book = Book(book_rule(instrument))
    snapshot = decode_rest("futures", "depth", [whole], np.array([1]), symbol="BTCUSDT").of(
        "book_snapshots"
    )[0]
    deltas = DECODERS["BINANCE_FUTURES"][0](
        "futures", [frames[n] for n in keep], received[keep]
    ).of("book_deltas")[0]
    (start,) = book_events(pl.DataFrame(pl.from_arrow(snapshot.table)), snapshot=True)
    book.apply(start)
    for event in book_events(pl.DataFrame(pl.from_arrow(deltas.table)), snapshot=False):
        book.apply(event)
    end = pl.DataFrame(pl.from_arrow(deltas.table))["ts_event"].max()
    found = book_at(store, instrument, end)
    assert book.valid and found.valid and found.last_id == book.last_id
    assert found.levels() == book.levels()
    assert found.top()[0] != (Decimal(0), Decimal(0))
    assert book_at(store, instrument, end - timedelta(seconds=20)).valid
