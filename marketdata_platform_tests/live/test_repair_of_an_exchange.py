"""An exchange loses trades on their way to everybody; its REST history fills the holes, to the last
trade.
"""

import threading
import time

import pytest

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform.deployment import open_with
from marketdata_platform.platform.gatherers.capture import capture
from marketdata_platform.platform.use_cases.land import gaps_of, land, write_gaps
from marketdata_platform.platform.use_cases.repair import repair
from marketdata_platform.settings import Settings
from marketdata_platform.simulator.server.exchange import SimulatedExchange
from marketdata_platform.simulator.server.exchange_config import ExchangeConfig
from marketdata_platform.simulator.server.stream_faults import StreamFaults
from marketdata_platform.workflows.bookkeeping.gap_ledger import BY_SILENCE, new_gap

NAMES = ("binance:spot:BTCUSDT", "binance:futures:ETHUSDT", "deribit:perpetual:BTC-PERPETUAL")


def captured(exchange, root, names, seconds, channel="trades"):
    """A deployment whose two gatherers recorded the exchange for so long."""
    platform = open_with(
        Settings(
            root=root,
            gatherers={"g1": {}, "g2": {}},
            endpoints=exchange.endpoints(),
            capture={"instruments": dict.fromkeys(names, (channel,))},
            landing={"settle_seconds": 0},
        )
    )
    stop = threading.Event()
    running = [
        threading.Thread(target=capture, args=(platform, g), kwargs={"stop": stop})
        for g in ("g1", "g2")
    ]
    for thread in running:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in running:
        thread.join()
    return platform


def ids_of(platform, name):
    return platform.read("trades", name)["sequence"].to_list()


def told_whole(truth, ids):
    """The trades that happened between the first and the last that was stored."""
    happened = truth.trades["sequence"].to_list()
    return [number for number in happened if ids[0] <= number <= ids[-1]]


@pytest.mark.parametrize(
    "irreparable",
    [False, pytest.param(True, marks=pytest.mark.slow)],
    ids=["with a history", "with holes in its history"],
)
def test_holes_that_nobody_saw_are_found_and_filled_as_far_as_the_venue_can(tmp_path, irreparable):
    faults = StreamFaults(drop_everywhere=0.02, irreparable=irreparable)
    with SimulatedExchange(
        ExchangeConfig(instruments=NAMES, rate=1_200, seed=7, faults=faults)
    ) as exchange:
        platform = captured(exchange, tmp_path, NAMES, 1.5)
        land(platform)
        opened = gaps_of(platform, status="open")
        done = repair(platform)
        truth = exchange.ledger()
    assert {gap.instrument for gap in opened} == {Instrument.parse(name) for name in NAMES}
    assert {one.gap.status for one in done} <= {"repaired", "irreparable", "open"}
    for name in NAMES:
        ids = ids_of(platform, name)
        happened = told_whole(truth[name], ids)
        missing = sorted(set(happened) - set(ids))
        ledger = [gap for gap in gaps_of(platform, name) if gap.status != "repaired"]
        assert len(ids) == len(set(ids))
        assert platform.read("quarantine", name).is_empty(), (
            "by REST and by stream a trade is the same"
        )
        assert missing == sorted(
            n for gap in ledger for n in range(gap.first_missing, gap.last_missing + 1)
        )
        if not irreparable:
            assert ids == happened
            assert ledger == []
    platform.store.close()


@pytest.mark.slow
def test_aggregate_trades_are_repaired_as_aggregates(tmp_path):
    (name,) = names = NAMES[:1]
    faults = StreamFaults(drop_everywhere=0.02)
    with SimulatedExchange(
        ExchangeConfig(instruments=names, rate=600, seed=8, faults=faults)
    ) as exchange:
        platform = captured(exchange, tmp_path, names, 1.5, channel="trades@aggTrade")
        land(platform)
        opened = gaps_of(platform, status="open")
        done = repair(platform)
    assert opened
    assert {one.gap.status for one in done} == {"repaired"}
    rows = platform.read("trades", name).sort("sequence")
    assert (rows["sequence"].diff().drop_nulls() == 1).all()
    assert (rows["first_trade_id"].to_list()[1:]) == [
        last + 1 for last in rows["last_trade_id"].to_list()[:-1]
    ]
    platform.store.close()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("bybit:linear:BTCUSDT", marks=pytest.mark.slow),
        pytest.param("bybit:spot:BTCUSDT", marks=pytest.mark.slow),
        "kalshi:event:KXGOLD15M-26AUG102000-00",
    ],
)
def test_trades_without_numbers_come_back_by_time(tmp_path, name):
    faults = StreamFaults(drop_everywhere=0.02)
    with SimulatedExchange(
        ExchangeConfig(instruments=(name,), rate=100, seed=9, faults=faults)
    ) as exchange:
        platform = captured(exchange, tmp_path, (name,), 1.5)
        land(platform)
        before = platform.read("trades", name)
        instrument = Instrument.parse(name)
        first, last = before["ts_event"].min(), before["ts_event"].max()
        write_gaps(platform, [new_gap(instrument, "trades", (first, last), BY_SILENCE, last)])
        (done,) = repair(platform)
        truth = exchange.ledger()[name].trades
    stored = platform.read("trades", name)
    happened = set(
        truth.filter((truth["ts_event"] >= first) & (truth["ts_event"] <= last))["trade_id"]
    )
    kept = set(
        stored.filter((stored["ts_event"] >= first) & (stored["ts_event"] <= last))["trade_id"]
    )
    assert len(set(before["trade_id"])) < len(happened)
    if done.gap.status == "repaired":
        assert kept == happened
    else:
        assert name.startswith("bybit:spot") and "newest 60 trades only" in done.gap.reason
        assert kept <= happened
    assert platform.read("quarantine", name).is_empty()
    platform.store.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bybit:linear:BTCUSDT", "kalshi:event:KXGOLD15M-26AUG102000-00"])
def test_a_silence_of_every_connection_is_a_hole_and_is_filled(tmp_path, name):
    with SimulatedExchange(ExchangeConfig(instruments=(name,), rate=100, seed=9)) as exchange:

        def cut():
            time.sleep(1.2)
            exchange.disconnect_all()
            exchange.refuse_connections(1.0)

        cutting = threading.Thread(target=cut)
        cutting.start()
        platform = captured(exchange, tmp_path, (name,), 5.0)
        cutting.join()
        land(platform)
        before = platform.read("trades", name)
        opened = gaps_of(platform, status="open")
        done = repair(platform)
        truth = exchange.ledger()[name].trades
    assert {gap.detected_by for gap in opened} == {BY_SILENCE}
    assert {one.gap.status for one in done} == {"repaired"}
    first, last = before["ts_event"].min(), before["ts_event"].max()
    happened = set(
        truth.filter((truth["ts_event"] >= first) & (truth["ts_event"] <= last))["trade_id"]
    )
    assert set(before["trade_id"]) < happened <= set(platform.read("trades", name)["trade_id"])
    assert platform.read("quarantine", name).is_empty()
    platform.store.close()
