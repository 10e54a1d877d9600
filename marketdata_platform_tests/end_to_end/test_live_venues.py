"""Deribit, Bybit, Kalshi and COIN-M, live: trades once, holes in the ledger, books as the
exchange's.
"""

from __future__ import annotations

import random
import time

import polars as pl
import pytest

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import from_us
from marketdata_platform.platform.use_cases.land import book_at, gaps_of, land
from marketdata_platform.platform.use_cases.repair import repair
from marketdata_platform.simulator.server.exchange import ExchangeConfig
from marketdata_platform.simulator.server.stream_faults import NO_STREAM_FAULTS, StreamFaults
from marketdata_platform_tests.end_to_end.live_deployment import COMPARED, live_deployment

VENUES = (
    Instrument("deribit", "perpetual", "BTC-PERPETUAL"),
    Instrument("bybit", "linear", "BTCUSDT"),
    Instrument("kalshi", "event", "KXSIM-26DEC31-T100"),
    Instrument("binance", "coin_futures", "BTCUSD_PERP"),
)
RECORDED = {str(one): ("trades", "book_deltas", "book_snapshots") for one in VENUES}
FAULTS = StreamFaults(
    drop=0.01,
    duplicate=0.02,
    reorder=0.01,
    corrupt=0.005,
    delay=0.005,
    unknown=0.002,
    new_fields=0.01,
    stall=20.0,
    stall_seconds=1.0,
    disconnect=12.0,
    handshake_429=0.05,
    rest_429=0.1,
    drop_everywhere=0.001,
)


def halted(live):
    """The exchange's truth once nothing more happens, with everything landed."""
    live.exchange.set_faults(NO_STREAM_FAULTS)
    live.exchange.halt()
    time.sleep(1.0)
    truth = live.exchange.ledger()
    live.gatherers.stop()
    live.land_all()
    return truth


def missing(live, truth, who) -> pl.DataFrame:
    """Trades that happened since the first stored one, are not stored, and of which anything can
    tell.

    Neither Bybit nor Kalshi numbers trades: one that the exchange tells to nobody leaves no trace.
    At Bybit neither does a message that vanishes from a connection that goes on (TCP loses none);
    Kalshi numbers messages.
    """
    stored = live.platform.read("trades", who)
    trades = truth.trades(who).with_row_index("place", truth[who].first_number)
    vanished: set[int] = set()
    if who.venue in ("bybit", "kalshi"):
        vanished |= {
            number for hole in truth[who].holes for number in range(hole.first, hole.last + 1)
        }
    if who.venue == "bybit":
        for one in truth.connections:
            missed = truth.missed_by(one.name, who).items()
            vanished |= {number for number, why in missed if why in ("drop", "corrupt", "stall")}
    trades = trades.filter(~pl.col("place").is_in(list(vanished)))
    return trades.filter(pl.col("ts_event") > stored["ts_event"].min()).join(
        stored, "trade_id", how="anti"
    )


def assert_stored_once(live, truth, who) -> None:
    stored = live.platform.read("trades", who)
    assert stored.height > 10, who
    assert stored["trade_id"].n_unique() == stored.height, who
    invented = stored.join(truth.trades(who), on=list(COMPARED), how="anti")
    assert invented.is_empty(), (
        f"{who}: stored and never happened: {invented['trade_id'].to_list()[:5]}"
    )


def assert_told(live, truth, who) -> None:
    """Each missing trade is in a gap: by its number where the venue numbers, else by its time."""
    gaps = [gap for gap in gaps_of(live.platform, who) if gap.dataset == "trades"]
    for row in missing(live, truth, who).iter_rows(named=True):
        by_id = any(
            g.first_missing is not None and g.first_missing <= row["sequence"] <= g.last_missing
            for g in gaps
        )
        by_time = any(gap.from_time <= row["ts_event"] <= gap.to_time for gap in gaps)
        assert by_id or by_time, f"{who}: trade {row['trade_id']} of {row['ts_event']} is in no gap"


def books(live, truth, who) -> tuple[int, int, list[object]]:
    """Of some 25 moments: how many, at how many there is a book, and at which it is not the
    exchange's.
    """
    days = live.platform.store.coverage("book_deltas", who)
    first, last = min(d.first_time for d in days), max(d.last_time for d in days)
    moments = [from_us(us) for us, _ in truth[who].publications() if first < from_us(us) < last]
    chosen = moments[:: max(1, len(moments) // 25)]
    valid, wrong = 0, []
    for moment in chosen:
        book = book_at(live.platform, who, moment)
        if not book.valid:
            continue
        valid += 1
        try:
            numbered = book.last_id is not None
            expected = (
                truth[who].book_at(book.last_id) if numbered else truth[who].book_at_time(moment)
            )
        except InvalidInput:
            continue
        if book.levels(20) != (expected[0][:20], expected[1][:20]):
            wrong.append(moment)
    return len(chosen), valid, wrong


def test_other_venues_are_recorded_whole_and_their_books_rebuilt(tmp_path):
    config = ExchangeConfig(tuple(map(str, VENUES)), seed=21, rate=120.0)
    with live_deployment(tmp_path, config, recorded=RECORDED, names=("g1", "g2")) as live:
        live.wait_capturing()
        time.sleep(2.5)
        truth = halted(live)
        for who in VENUES:
            assert_stored_once(live, truth, who)
            assert missing(live, truth, who).is_empty(), who
            assert not gaps_of(live.platform, who)
            chosen, valid, wrong = books(live, truth, who)
            assert chosen and not wrong, (who, wrong)
            assert valid >= 0.8 * chosen, f"{who}: only {valid} of {chosen} books are valid"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [31, 32, 33])
def test_other_venues_with_faults_and_kills_lose_nothing_that_is_not_in_the_ledger(tmp_path, seed):
    chance = random.Random(seed)
    config = ExchangeConfig(tuple(map(str, VENUES)), seed=seed, rate=120.0, faults=FAULTS)
    with live_deployment(tmp_path, config, recorded=RECORDED) as live:
        live.wait_capturing()
        for _ in range(4):
            time.sleep(chance.random() * 3)
            live.kill_and_restart(chance.choice(live.names))
            land(live.platform)
        time.sleep(2.0)
        truth = halted(live)
        for who in VENUES:
            assert_stored_once(live, truth, who)
            assert_told(live, truth, who)
            chosen, valid, wrong = books(live, truth, who)
            assert not wrong, (who, wrong)
            least = chosen // (
                10 if who.venue == "kalshi" else 4
            )  # Kalshi's begin anew behind every doubt
            assert valid >= least, f"{who}: only {valid} of {chosen} books are valid"
        repair(live.platform)
        for who in VENUES:
            assert_stored_once(live, truth, who)
            assert missing(live, truth, who).is_empty(), f"{who}: not repaired"
