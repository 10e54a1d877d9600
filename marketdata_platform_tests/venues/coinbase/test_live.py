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

BTC = Instrument("coinbase", "spot", "BTC-USD")
ETH = Instrument("coinbase", "spot", "ETH-USD")
DATASETS = ("trades", "book_deltas", "book_snapshots", "tickers", "instruments")
RECORDED = {str(BTC): DATASETS, str(ETH): DATASETS}
FAULTS = StreamFaults(
    drop=0.01,
    duplicate=0.02,
    reorder=0.01,
    stall=15.0,
    stall_seconds=0.5,
    disconnect=6.0,
    rest_429=0.1,
    drop_everywhere=0.005,
)
DEAF_SECONDS = 3.0


def levels_of(live, moment):
    book = book_at(live.platform, BTC, moment)
    return book.levels() if book.valid else None


def happened(live, truth, who):
    """What the exchange traded from the first to the last stored trade, and what is stored."""
    stored = live.platform.read("trades", who).sort("sequence")
    first, last = stored["sequence"].min(), stored["sequence"].max()
    told = truth.trades(who)
    told = told.filter(told["sequence"].is_between(first, last))
    return told.select(COMPARED), stored.select(COMPARED)


def books_are_right(live, truth, gaps):
    """Of the published books: how many are not in a gap, at how many of these there is a book."""
    days = live.platform.store.coverage("book_deltas", BTC)
    first, last = min(d.first_time for d in days), max(d.last_time for d in days)
    moments = [from_us(us) for us, _ in truth[BTC].publications() if first < from_us(us) < last]
    outside = [
        moment
        for moment in moments[:: max(1, len(moments) // 30)]
        if not any(gap.from_time <= moment <= gap.to_time for gap in gaps)
    ]
    found = [(moment, levels_of(live, moment)) for moment in outside]
    wrong = [
        moment
        for moment, levels in found
        if levels is not None and levels != truth[BTC].book_at_time(moment)
    ]
    assert wrong == []
    return len(outside), sum(levels is not None for _, levels in found)


def test_faults_and_an_outage_of_all_gatherers_are_told_and_repaired(tmp_path):
    config = ExchangeConfig(tuple(RECORDED), seed=5, rate=100.0, faults=FAULTS)
    with live_deployment(tmp_path, config, recorded=RECORDED) as live:
        for name in live.names:
            live.gatherers.wait_capturing(name, 120.0)
        time.sleep(4.0)
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

        assert live.platform.read("quarantine", BTC).is_empty()
        assert live.platform.read("instruments", BTC).height >= 1
        gaps = [gap for gap in gaps_of(live.platform, BTC) if gap.dataset == "book_deltas"]
        assert {gap.detected_by for gap in gaps} == {BY_SILENCE}
        outage = max(gaps, key=lambda gap: gap.to_time - gap.from_time)
        seconds = (outage.to_time - outage.from_time).total_seconds()
        assert seconds >= DEAF_SECONDS - 0.5
        middle = outage.from_time + (outage.to_time - outage.from_time) / 2
        assert levels_of(live, middle) is None
        count, valid = books_are_right(live, truth, gaps)
        assert count >= 10 and valid >= 0.7 * count, (count, valid)
        last = truth[BTC].publications()[-1][0]
        assert levels_of(live, from_us(last)) == truth[BTC].book_at_time(from_us(last))

        for who in (BTC, ETH):
            told, stored = happened(live, truth, who)
            lost = [gap for gap in gaps_of(live.platform, who) if gap.dataset == "trades"]
            assert lost and {gap.detected_by for gap in lost} == {BY_IDS}
            missing = set(told["trade_id"]) - set(stored["trade_id"])
            assert missing == {
                str(number)
                for gap in lost
                if gap.status != "repaired"
                for number in range(gap.first_missing, gap.last_missing + 1)
            }
            assert len(missing) > 20
        repair(live.platform)
        for who in (BTC, ETH):
            told, stored = happened(live, truth, who)
            assert stored.equals(told.cast(dict(stored.schema))), who
            assert {
                gap.status for gap in gaps_of(live.platform, who) if gap.dataset == "trades"
            } == {"repaired"}
