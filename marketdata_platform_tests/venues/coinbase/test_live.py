"""Three gatherers before the simulated Coinbase: what all of them missed is in the ledger, trades
come back by REST, and a book is valid again from its next snapshot on.
"""

from __future__ import annotations

import time

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import from_us
from marketdata_platform.platform.use_cases.land import book_at, gaps_of, land
from marketdata_platform.platform.use_cases.repair import repair
from marketdata_platform.simulator.server.exchange import ExchangeConfig
from marketdata_platform.simulator.server.stream_faults import NO_STREAM_FAULTS, StreamFaults
from marketdata_platform.workflows.bookkeeping.gap_ledger import BY_IDS, BY_SILENCE
from marketdata_platform_tests.end_to_end.live_deployment import COMPARED, live_deployment

DATASETS = ("trades", "book_deltas", "book_snapshots", "tickers", "instruments")
# No `drop`: a change of a book that every connection happens to drop cannot be seen at a venue
# without numbers. Trades that nobody is sent (`drop_everywhere`) can.
FAULTS = StreamFaults(
    duplicate=0.02,
    reorder=0.01,
    stall=15.0,
    stall_seconds=0.5,
    disconnect=6.0,
    rest_429=0.1,
    drop_everywhere=0.005,
)
DEAF_SECONDS = 3.0


def levels_of(live, who, moment):
    book = book_at(live.platform, who, moment)
    return book.levels() if book.valid else None


def happened(live, truth, who):
    """What the exchange traded from the first to the last stored trade, and what is stored."""
    stored = live.platform.read("trades", who).sort("sequence")
    first, last = stored["sequence"].min(), stored["sequence"].max()
    told = truth.trades(who)
    told = told.filter(told["sequence"].is_between(first, last))
    return told.select(COMPARED), stored.select(COMPARED)


def books_since(live, truth, who, start):
    """Of the books published since then: how many, and at how many of these there is one; each is
    the exchange's.
    """
    last = max(day.last_time for day in live.platform.store.coverage("book_deltas", who))
    moments = [from_us(us) for us, _ in truth[who].publications() if start < from_us(us) < last]
    chosen = moments[:: max(1, len(moments) // 30)]
    found = [(moment, levels_of(live, who, moment)) for moment in chosen]
    assert [
        moment
        for moment, levels in found
        if levels is not None and levels != truth[who].book_at_time(moment)
    ] == []
    return len(chosen), sum(levels is not None for _, levels in found)


def halted(live, seconds):
    """The exchange's truth after some seconds of faults and an outage of all gatherers, with
    everything landed.
    """
    for name in live.names:
        live.gatherers.wait_capturing(name, 120.0)
    time.sleep(seconds)
    live.exchange.set_faults(NO_STREAM_FAULTS)
    time.sleep(1.0)
    land(live.platform)
    live.exchange.refuse_connections(DEAF_SECONDS)
    live.exchange.disconnect_all()
    time.sleep(DEAF_SECONDS + 6.0)
    live.exchange.halt()
    time.sleep(1.0)
    truth = live.exchange.ledger()
    live.gatherers.stop()
    live.land_all()
    return truth


def book_is_invalid_in_the_outage_and_right_after_it(live, truth, who):
    """Before the outage it need not be right: where the exchange leaves a change out of connections
    that go on (`drop`, `stall`), which TCP does not, nothing tells of it.
    """
    gaps = [gap for gap in gaps_of(live.platform, who) if gap.dataset == "book_deltas"]
    assert {gap.detected_by for gap in gaps} == {BY_SILENCE}
    outage = max(gaps, key=lambda gap: gap.to_time - gap.from_time)
    assert (outage.to_time - outage.from_time).total_seconds() >= DEAF_SECONDS - 0.5
    middle = outage.from_time + (outage.to_time - outage.from_time) / 2
    assert levels_of(live, who, middle) is None
    count, valid = books_since(live, truth, who, outage.to_time)
    assert count >= 10 and valid >= 0.7 * count, (count, valid)
    last = from_us(truth[who].publications()[-1][0])
    assert levels_of(live, who, last) == truth[who].book_at_time(last)


def missing_trades_are_gaps(live, truth, who):
    told, stored = happened(live, truth, who)
    lost = [gap for gap in gaps_of(live.platform, who) if gap.dataset == "trades"]
    assert lost and {gap.detected_by for gap in lost} == {BY_IDS}
    missing = set(told["trade_id"]) - set(stored["trade_id"])
    assert len(missing) > 20
    assert missing == {
        str(number)
        for gap in lost
        if gap.status != "repaired"
        for number in range(gap.first_missing, gap.last_missing + 1)
    }


def prove(tmp_path, venue, environ=None):
    """Record a venue that speaks Coinbase's protocol with three gatherers, and look at all that
    must be so.
    """
    both = [Instrument(venue, "spot", symbol) for symbol in ("BTC-USD", "ETH-USD")]
    recorded = {str(one): DATASETS for one in both}
    config = ExchangeConfig(tuple(recorded), seed=5, rate=100.0, faults=FAULTS)
    with live_deployment(tmp_path, config, recorded=recorded, environ=environ) as live:
        truth = halted(live, 4.0)
        for who in both:
            assert live.platform.read("quarantine", who).is_empty()
            assert live.platform.read("instruments", who).height >= 1
            book_is_invalid_in_the_outage_and_right_after_it(live, truth, who)
            missing_trades_are_gaps(live, truth, who)
        repair(live.platform)
        for who in both:
            told, stored = happened(live, truth, who)
            assert stored.equals(told.cast(dict(stored.schema))), who
            gaps = [gap for gap in gaps_of(live.platform, who) if gap.dataset == "trades"]
            assert {gap.status for gap in gaps} == {"repaired"}


def test_faults_and_an_outage_of_all_gatherers_are_told_and_repaired(tmp_path):
    prove(tmp_path, "coinbase")
