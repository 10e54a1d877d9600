"""A recorded connection of 2021 (level2, ticker, matches of ten products): every frame is decoded
or counted, and the book that is rebuilt has the top that the tickers tell.
"""

import json
from collections import Counter
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from marketdata_platform.core.books.book import Book
from marketdata_platform.core.books.book_events import book_events
from marketdata_platform.core.dedup import ROW, check, repeated_keys
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues.coinbase import COINBASE
from marketdata_platform.venues.decoding import decode_answers, decoder_of
from marketdata_platform.venues.kit.book_rules import always_follows
from marketdata_platform.venues.kit.streams import Stream
from marketdata_platform_tests.venues.recordings import lines, text_capture

CONNECTION = "venue-frames/cryptofeed/COINBASE.ws.28.0.zst"
START = "venue-frames/cryptofeed/COINBASE.0.zst"


@pytest.fixture(scope="module")
def capture():
    frames, received = text_capture(CONNECTION)
    return frames, received, decoder_of(COINBASE).decode("spot", frames, received, Repeats())


def test_every_frame_is_decoded_or_counted_and_none_is_refused(capture):
    frames, _, out = capture
    assert out.rejected == []
    assert out.counts == Counter(
        {
            "l2update": 9_719,
            "ticker": 107,
            "match": 97,
            "snapshot": 10,
            "last_match": 10,
            "unknown subscriptions": 3,
        }
    )
    assert sum(out.counts.values()) == len(frames)
    for part in out.rows:
        good, refused = check(part.dataset, pl.from_arrow(part.table).with_row_index(ROW))
        assert not refused and not repeated_keys(part.dataset, good)
    trades = pl.concat([pl.from_arrow(part.table) for part in out.of("trades")])
    assert trades.height == 107


def test_trade_ids_have_no_holes_from_the_last_match_on(capture):
    _, _, out = capture
    for part in out.of("trades"):
        ids = part.table.column("sequence").to_pylist()
        assert ids == list(range(ids[0], ids[0] + len(ids)))


def of_product(out, dataset, who):
    return pl.concat(
        [pl.from_arrow(one.table) for one in out.of(dataset) if one.instrument == who]
    ).sort("ts_event", "event_id", maintain_order=True)  # as they are stored, not as they came


def test_changes_ordered_by_time_and_place_are_the_book_that_the_tickers_tell(capture):
    frames, _, out = capture
    agreed = 0
    for who in {part.instrument for part in out.rows}:
        book = Book(always_follows)
        (first,) = book_events(of_product(out, "book_snapshots", who), snapshot=True)
        book.apply(first)
        tops = set()
        for event in book_events(of_product(out, "book_deltas", who), snapshot=False):
            book.apply(event)
            bid, ask = book.top()
            tops.add((bid[0], ask[0]))
        quotes = of_product(out, "quotes", who).select("bid_price", "ask_price").rows()
        agreed += sum(quote in tops for quote in quotes[1:])
        now = {"buy": dict(book.levels()[0]), "sell": dict(book.levels()[1])}
        for (side, price), size in last_sizes(frames, who.symbol).items():
            assert now[side].get(Decimal(price), 0) == Decimal(size), (who, side, price)
    assert agreed >= 80


def last_sizes(frames, product):
    """The last size that came, by side and price."""
    came = {}
    for frame in frames:
        told = json.loads(frame)
        if told["type"] == "l2update" and told["product_id"] == product:
            came.update({(side, price): size for side, price, size in told["changes"]})
    return came


def test_the_list_of_products_is_read():
    body = next(line.partition(b": ")[2] for line in lines(START) if b"/products -> " in line)
    out = decode_answers(Stream.answer("coinbase", "spot", "products"), [body], np.array([10**15]))
    assert out.rejected == []
    assert sum(len(part.table) for part in out.rows) == len(json.loads(body))
