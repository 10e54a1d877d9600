"""Recorded frames go through the real decoders: each is decoded or counted, and rows keep their
datasets' rules.
"""

from collections import Counter
from decimal import Decimal
from itertools import pairwise

import polars as pl
import pytest

from marketdata_platform.core.books.book import Book, Verdict
from marketdata_platform.core.books.book_events import book_events
from marketdata_platform.core.dedup import ROW, check, repeated_keys
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues.lookups import book_rule
from marketdata_platform_tests.venues.recordings import (
    json_capture,
    kalshi_capture,
    received,
    recorded,
    stamped_capture,
    text_capture,
)
from marketdata_platform_tests.venues.small_frames import DECODERS, kalshi

CRYPTOFEED = "cryptofeed-captures/"
HFT = "hftbacktest-binance-ws/"

# What the READMEs of the recordings say, and rows as measured.
CAPTURES = [
    (
        "BINANCE",
        received,
        "BINANCE.jsonl.zst",
        {"depthUpdate": 177, "bookTicker": 84, "aggTrade": 2, "kline": 2},
    ),
    (
        "BINANCE_FUTURES",
        received,
        "BINANCE_FUTURES.jsonl.zst",
        {"depthUpdate": 764, "bookTicker": 613, "aggTrade": 91, "kline": 67},
    ),
    (
        "BINANCE_DELIVERY",
        received,
        "BINANCE_DELIVERY.jsonl.zst",
        {"bookTicker": 2240, "depthUpdate": 2047, "aggTrade": 51, "kline": 33},
    ),
    ("DERIBIT", received, "DERIBIT.jsonl.zst", {"ticker": 89, "book": 46, "unknown answer": 1}),
    (
        "BYBIT_LINEAR",
        received,
        "BYBIT.linear.jsonl.zst",
        {
            "orderbook": 1598,
            "tickers": 758,
            "publicTrade": 102,
            "unknown kline": 71,
            "unknown subscribe": 17,
        },
    ),
    (
        "BINANCE",
        text_capture,
        "old/BINANCE-b38f7c.0.zst",
        {"bookTicker": 5408, "depthUpdate": 4709, "aggTrade": 1240},
    ),
    (
        "BINANCE_FUTURES",
        text_capture,
        "old/BINANCE_FUTURES-1125a2.0.zst",
        {"depthUpdate": 4423, "bookTicker": 3424, "aggTrade": 574},
    ),
    (
        "DERIBIT",
        text_capture,
        "old/DERIBIT-5dd9ce.0.zst",
        {"ticker": 273, "book": 187, "unknown answer": 1},
    ),
]


def decoded(key, frames, times):
    decode, market = DECODERS[key]
    return decode(market, frames, times)


def require_sound(out):
    """Nothing refused; every row obeys the rules of its dataset, and no key comes twice."""
    assert out.rejected == []
    for rows in out.rows:
        frame = pl.from_arrow(rows.table)
        good, refused = check(rows.dataset, frame.with_row_index(ROW))
        assert refused == []
        assert not repeated_keys(rows.dataset, good), (rows.dataset.name, str(rows.instrument))


def frame_of(out, dataset, symbol=None):
    """Rows of one dataset (and instrument) in the order of the stream."""
    parts = [
        pl.from_arrow(r.table) for r in out.of(dataset) if symbol in (None, r.instrument.symbol)
    ]
    return pl.concat(parts)


@pytest.mark.parametrize(("key", "read", "name", "counts"), CAPTURES, ids=[c[2] for c in CAPTURES])
def test_every_frame_of_a_capture_is_decoded_or_counted(key, read, name, counts):
    frames, times = read(CRYPTOFEED + name)
    out = decoded(key, frames, times)
    require_sound(out)
    assert dict(out.counts) == counts
    assert sum(counts.values()) == len(frames)


@pytest.mark.parametrize(
    ("key", "name", "lines", "trades", "marks"),
    [
        ("BINANCE_FUTURES", "usdm/btcusdt_20230404", 13_384, 2_197, 99),
        ("BINANCE_FUTURES", "usdm/btcusdt_20240718", 11_414, 974, 0),
        ("BINANCE", "spot/btcusdt_20230405", 15_088, 3_144, 0),
        pytest.param(
            "BINANCE_FUTURES", "usdm/btcusdt_20230405", 60_381, 10_738, 415, marks=pytest.mark.slow
        ),
        pytest.param(
            "BINANCE_FUTURES", "usdm/btcusdt_20240719", 60_570, 9_727, 0, marks=pytest.mark.slow
        ),
        pytest.param("BINANCE", "spot/btcusdt_20240808", 41_249, 9_757, 0, marks=pytest.mark.slow),
        pytest.param("BINANCE", "spot/btcusdt_20240809", 58_325, 10_147, 0, marks=pytest.mark.slow),
        pytest.param(
            "BINANCE_DELIVERY", "cm/btcusd_perp_20240808", 48_270, 2_286, 0, marks=pytest.mark.slow
        ),
        pytest.param(
            "BINANCE_DELIVERY", "cm/btcusd_perp_20240809", 50_116, 2_949, 0, marks=pytest.mark.slow
        ),
    ],
)
def test_captures_around_midnight_have_the_trades_and_the_unbroken_chains_of_the_readme(
    key, name, lines, trades, marks
):
    frames, times = stamped_capture(f"{HFT}{name}.log.zst")
    out = decoded(key, frames, times)
    require_sound(out)
    assert (len(frames), sum(out.counts.values())) == (lines, lines)
    assert (out.counts["trade"], out.counts["markPriceUpdate"]) == (trades, marks)
    ids = frame_of(out, "trades")["sequence"]
    assert (ids.diff().drop_nulls() == 1).all()
    if marks:
        assert len(frame_of(out, "funding_rates")) == len(frame_of(out, "index_prices")) == marks
    rule = book_rule(out.of("trades")[0].instrument)
    events = list(book_events(frame_of(out, "book_deltas"), snapshot=False))
    assert len(events) == out.counts["depthUpdate"]
    verdicts = Counter(rule(before.last_id, event, False) for before, event in pairwise(events))
    assert set(verdicts) == {Verdict.APPLY}


@pytest.mark.parametrize(
    ("key", "least"), [("BINANCE", 25), ("BINANCE_FUTURES", 50), ("BINANCE_DELIVERY", 50)]
)
def test_books_rebuilt_from_snapshot_and_deltas_agree_with_the_book_tickers(key, least):
    path = f"{CRYPTOFEED}{key}.jsonl.zst"
    out = decoded(key, *received(path))
    agreed = 0
    for symbol in {rows.instrument.symbol for rows in out.of("book_deltas")}:
        agreed += _agreeing_tops(key, path, out, symbol)
    assert agreed >= least


def _agreeing_tops(key, path, out, symbol):
    """How many tickers the book stood at exactly when they were made; a difference fails."""
    from marketdata_platform.venues.binance.rest import decode_rest

    ((when, body, _),) = [
        x for x in json_capture(path, "http") if "/depth?" in x[2] and f"={symbol}&" in x[2]
    ]
    taken = decode_rest(DECODERS[key][1], "depth", [body], [round(when * 1_000_000)], symbol=symbol)
    (instrument,) = {rows.instrument for rows in taken.rows}
    book = Book(book_rule(instrument))
    (snapshot,) = book_events(pl.from_arrow(taken.of("book_snapshots")[0].table), snapshot=True)
    assert book.apply(snapshot) is Verdict.APPLY
    quotes = (
        {q["sequence"]: q for q in frame_of(out, "quotes", symbol).iter_rows(named=True)}
        if _has(out, symbol)
        else {}
    )
    agreed = 0
    for event in book_events(frame_of(out, "book_deltas", symbol), snapshot=False):
        assert book.apply(event) is not Verdict.GAP
        if book.last_id in quotes and book.valid and event.last_id == book.last_id:
            quote = quotes[book.last_id]
            (bid, bid_size), (ask, ask_size) = book.top()
            told = (
                quote["bid_price"],
                quote["bid_quantity"],
                quote["ask_price"],
                quote["ask_quantity"],
            )
            assert (bid, bid_size, ask, ask_size) == told
            assert quote["spread"] == ask - bid
            assert quote["mid"] * 2 == ask + bid
            agreed += 1
    assert book.valid
    return agreed


def _has(out, symbol):
    return any(rows.instrument.symbol == symbol for rows in out.of("quotes"))


@pytest.mark.parametrize("name", ["DERIBIT.jsonl.zst", "old/DERIBIT-5dd9ce.0.zst"])
def test_deribit_books_chain_and_have_the_top_that_the_tickers_tell(name):
    read = received if name.endswith("jsonl.zst") else text_capture
    out = decoded("DERIBIT", *read(CRYPTOFEED + name))
    seen = 0
    for rows in out.of("book_snapshots"):
        symbol = rows.instrument.symbol
        book = Book(book_rule(rows.instrument))
        book.apply(next(book_events(pl.from_arrow(rows.table), snapshot=True)))
        for other in (r for r in out.of("book_deltas") if r.instrument.symbol == symbol):
            for event in book_events(pl.from_arrow(other.table), snapshot=False):
                assert book.apply(event) is Verdict.APPLY
        last = frame_of(out, "options_tickers", symbol).row(-1, named=True)
        bid, ask = book.top()
        told = [(last[f"{side}_price"], last[f"{side}_quantity"]) for side in ("bid", "ask")]
        seen += (bid or (None, None), ask or (None, None)) == tuple(told)
    assert seen >= 8  # the last ticker of a quiet option is as new as its book; busy ones move on


def test_bybit_books_chain_without_a_hole():
    out = decoded("BYBIT_LINEAR", *received(f"{CRYPTOFEED}BYBIT.linear.jsonl.zst"))
    for rows in out.of("book_snapshots"):
        book = Book(book_rule(rows.instrument))
        (snapshot,) = book_events(pl.from_arrow(rows.table), snapshot=True)
        book.apply(snapshot)
        deltas = frame_of(out, "book_deltas", rows.instrument.symbol)
        assert {book.apply(event) for event in book_events(deltas, snapshot=False)} == {
            Verdict.APPLY
        }
        (bid, _), (ask, _) = book.top()
        assert bid < ask
        assert tuple(map(len, book.levels())) == (200, 200)


def _kalshi_files():
    folder = recorded("kalshi-gold15m-ws/events")
    return sorted(folder.glob("*/*.zst"))


def _kalshi(path, size=None):
    frames, times = kalshi_capture(path.relative_to(recorded(".")))
    repeats, parts = Repeats(), []
    for start in range(0, len(frames), size or len(frames)):
        cut = slice(start, start + (size or len(frames)))
        repeats = Repeats.from_bytes(repeats.to_bytes())
        parts.append(kalshi("event", frames[cut], times[cut], repeats))
    return parts


def _kalshi_book_is_never_negative(out):
    """Snapshots replace the book, changes are added to it; the sum at a level is never below
    zero.
    """
    rule = book_rule(out.rows[0].instrument)
    book, invalid = Book(rule), 0
    snapshots = [(f, e) for r in out.of("book_snapshots") for f, e in _numbered(r, True)]
    deltas = [(f, e) for r in out.of("book_deltas") for f, e in _numbered(r, False)]
    for _, event in sorted(snapshots + deltas, key=lambda pair: pair[0]):
        was = book.valid
        invalid += book.apply(event) is Verdict.GAP and was
    return invalid


def _numbered(rows, snapshot):
    frames = dict.fromkeys(rows.frames.tolist())
    return zip(frames, book_events(pl.from_arrow(rows.table), snapshot=snapshot), strict=True)


def test_kalshi_frames_are_all_decoded_and_their_books_never_go_below_zero():
    for path in _kalshi_files()[:2]:
        (out,) = _kalshi(path)
        require_sound(out)
        assert not [name for name in out.counts if name.startswith("unknown")]
        assert len(frame_of(out, "book_deltas")) == out.counts["orderbook_delta"]
        assert _kalshi_book_is_never_negative(out) == 0


def test_kalshi_rows_are_the_same_however_the_stream_is_cut():
    path = _kalshi_files()[1]
    (whole,) = _kalshi(path)
    parts = _kalshi(path, 997)
    for dataset in ("trades", "book_deltas", "book_snapshots"):
        cut = pl.concat([frame_of(part, dataset) for part in parts if part.of(dataset)])
        assert cut.equals(frame_of(whole, dataset))


@pytest.mark.slow
def test_all_kalshi_messages_are_decoded():
    counts = Counter()
    for path in _kalshi_files():
        (out,) = _kalshi(path)
        require_sound(out)
        counts += out.counts
    assert counts == {"orderbook_delta": 681_860, "orderbook_snapshot": 47, "trade": 21_399}


def test_the_short_futures_capture_is_decoded_with_its_spaces():
    frames, times = stamped_capture("collect-binancefutures/btcusdt_20220811.dat.zst")
    out = decoded("BINANCE_FUTURES", frames, times)
    require_sound(out)
    assert dict(out.counts) == {"trade": 1_326, "depthUpdate": 206, "depthSnapshot": 1}


def test_example_messages_of_all_venues_are_decoded():
    root = recorded("nautilus-fixtures")
    seen = Counter()
    for venue, key in (("deribit", "DERIBIT"), ("bybit", "BYBIT_LINEAR")):
        for path in sorted((root / venue / "test_data").glob("ws_*.json")):
            out = decoded(key, [path.read_bytes()], stamped(1))
            require_sound(out)
            seen += Counter(rows.dataset.name for rows in out.rows)
    for path in sorted((root / "binance/test_data/futures/market_data_json").glob("*.json")):
        out = decoded("BINANCE_FUTURES", [path.read_bytes()], stamped(1))
        seen += Counter(rows.dataset.name for rows in out.rows)
        assert all("12345678" in r.reason for r in out.rejected), (
            "two examples of the documentation are of 1970"
        )
    assert set(seen) == {
        "trades",
        "quotes",
        "book_snapshots",
        "book_deltas",
        "funding_rates",
        "liquidations",
        "open_interest",
        "index_prices",
        "tickers",
    }


def test_deribit_volatilities_are_exact_fractions():
    out = decoded("DERIBIT", *received(f"{CRYPTOFEED}DERIBIT.jsonl.zst"))
    first = frame_of(out, "options_tickers", "ETH-30JUL21-2800-C").row(0, named=True)
    assert first["mark_iv"] == Decimal("1.2074")
    assert first["mark_price"] == Decimal("0.001972")
    assert first["underlying_index"] == "ETH-30JUL21"
    assert -1 <= first["delta"] <= 1


def stamped(count):
    import numpy as np

    return np.full(count, 1_700_000_000_000_000, np.int64)
