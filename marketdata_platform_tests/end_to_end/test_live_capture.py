"""Live, end to end: a faulty exchange, three gatherers that are killed, landing, repair, and the
exchange's truth.
"""

import random
import time

import pytest

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.window import from_us
from marketdata_platform.platform import open_with
from marketdata_platform.platform.use_cases.land import book_at, gaps_of, land
from marketdata_platform.platform.use_cases.rebuild import rebuild
from marketdata_platform.platform.use_cases.repair import repair
from marketdata_platform.settings import load_settings
from marketdata_platform.simulator.server.exchange import ExchangeConfig
from marketdata_platform.simulator.server.stream_faults import NO_STREAM_FAULTS, StreamFaults
from marketdata_platform_tests.end_to_end.live_deployment import (
    COMPARED,
    FUTURES,
    RECORDED,
    SPOT,
    assert_exactly_once,
    assert_holes_are_in_the_ledger,
    live_deployment,
)

FAULTS = StreamFaults(
    drop=0.02,
    duplicate=0.02,
    reorder=0.02,
    corrupt=0.005,
    delay=0.005,
    unknown=0.002,
    new_fields=0.01,
    stall=15.0,
    stall_seconds=1.0,
    disconnect=8.0,
    handshake_429=0.05,
    rest_429=0.1,
    drop_everywhere=0.001,
)


@pytest.mark.parametrize(
    ("kills", "seed"),
    [(4, 1), pytest.param(200, 2, marks=pytest.mark.slow)],
    ids=["four kills", "two hundred kills"],
)
def test_gatherers_that_are_killed_at_random_lose_nothing_that_they_acknowledged(
    tmp_path, kills, seed
):
    chance = random.Random(seed)
    config = ExchangeConfig((str(SPOT), str(FUTURES)), seed=seed, rate=300.0, faults=FAULTS)
    with live_deployment(tmp_path, config) as live:
        live.wait_capturing()
        for number in range(kills):
            time.sleep(chance.random() * 1.5)
            live.kill_and_restart(chance.choice(live.names))
            if number % 3 == 0:
                land(live.platform)
        time.sleep(1.0)
        live.exchange.set_faults(NO_STREAM_FAULTS)
        live.exchange.halt()
        time.sleep(1.5)
        truth = live.exchange.ledger()
        live.gatherers.stop()
        live.land_all()

        assert_exactly_once(live, truth)
        assert_holes_are_in_the_ledger(live, truth)
        _assert_books_equal_the_exchanges(live, truth)
        repair(live.platform)
        for who in (SPOT, FUTURES):
            stored = live.platform.read("trades", who)
            true = truth.trades(who)
            first = true["sequence"].to_list().index(stored["sequence"].min())
            assert stored.select(COMPARED).equals(true.slice(first).select(COMPARED)), who
            assert not [g for g in gaps_of(live.platform, who, "open") if g.dataset == "trades"]
        limit = 5.0 if kills > 10 else 20.0  # the default suite may share its two cores
        assert sorted(live.restarts)[len(live.restarts) // 2] <= limit, live.restarts


def _assert_books_equal_the_exchanges(live, truth):
    """At many moments: a book that says that it is valid is the exchange's; most of the time there
    is one.
    """
    for who in (SPOT, FUTURES):
        days = live.platform.store.coverage("book_deltas", who)
        first, last = min(d.first_time for d in days), max(d.last_time for d in days)
        moments = [from_us(us) for us, _ in truth[who].publications() if first < from_us(us) < last]
        valid = 0
        chosen = moments[:: max(1, len(moments) // 40)]
        for moment in chosen:
            book = book_at(live.platform, who, moment)
            if not book.valid:
                continue
            valid += 1
            try:
                expected = truth[who].book_at(book.last_id)
            except InvalidInput:
                continue
            assert book.levels(20) == (expected[0][:20], expected[1][:20]), (who, moment)
        assert valid >= len(chosen) // 3, f"{who}: only {valid} of {len(chosen)} books are valid"


def test_a_clean_exchange_is_recorded_whole_and_any_gatherers_journal_alone_rebuilds_the_store(
    tmp_path,
):
    config = ExchangeConfig((str(SPOT), str(FUTURES)), seed=7, rate=400.0)
    with live_deployment(tmp_path, config) as live:
        live.wait_capturing()
        time.sleep(3.0)
        live.exchange.halt()
        time.sleep(1.0)
        truth = live.exchange.ledger()
        live.gatherers.stop()
        live.land_all()
        assert_exactly_once(live, truth)
        for who in (SPOT, FUTURES):
            assert not gaps_of(live.platform, who)
            stored = live.platform.read("trades", who)
            assert stored["sequence"].to_list() == list(
                range(stored["sequence"].min(), stored["sequence"].max() + 1)
            )
            assert stored["sequence"].max() == truth.trades(who)["sequence"].max()

        everything = {
            (who, name): live.platform.read(name, who)
            for who in (SPOT, FUTURES)
            for name in RECORDED[str(who)]
        }
        rebuild(live.platform, ["g2"], into=tmp_path / "alone")
        rebuilt = open_with(load_settings(tmp_path / "alone", environ={}))
        for (who, name), before in everything.items():
            alone = rebuilt.read(name, who)
            number = {"trades": "sequence", "quotes": "sequence"}.get(name, "update_id")
            dated = (
                ("ts_event",) if name == "quotes" else ()
            )  # spot gives quotes no time: the first receipt dates them
            receipt = [c for c in ("ts_recv", "recv_flag", *dated) if c in alone.columns]
            since = alone[number].min()  # it began to hear a moment later than the first one
            if name != "book_snapshots":  # each gatherer asks for whole books of its own
                heard = before.filter(before[number] >= since)
                assert heard.height, (who, name)
                assert heard.drop(receipt).equals(alone.drop(receipt)), (who, name)
        rebuilt.store.close()
