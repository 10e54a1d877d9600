"""In a quiet market a lost message is noticed late: the hole begins where the message before it
came.
"""

import json

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import from_us
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.bookkeeping.gap_ledger import read_gaps
from marketdata_platform_tests.workflows.landing.land_journals import NOW, START_MS, landed, write

MARKET = Instrument("kalshi", "event", "KX-1")


def trade(seconds, seq):
    told = {
        "market_ticker": "KX-1",
        "trade_id": f"t{seq}",
        "yes_price_dollars": "0.5",
        "count_fp": "2.00",
        "taker_side": "no",
        "ts_ms": START_MS + seconds * 1000,
    }
    frame = {"type": "trade", "sid": 1, "seq": seq, "msg": told}
    return "kalshi:event/ws/c1", json.dumps(frame).encode(), START_MS + seconds * 1000


def note(seconds, event, **said):
    payload = {"event": event, "connection": "c1", "instruments": {str(MARKET): ["trades"]}, **said}
    return "kalshi:event/note/c1", json.dumps(payload).encode(), START_MS + seconds * 1000


def test_a_trade_that_was_lost_a_minute_before_it_was_noticed_is_in_the_gap(tmp_path):
    since = {"since_us": (START_MS + 10_000) * 1000}
    frames = [
        note(0, "subscribed"),
        trade(1, 1),
        trade(10, 2),
        trade(75, 4),
        note(75, "gap", first=3, last=3, **since),
    ]
    write(tmp_path, "g1", [*frames, *[trade(75 + n, 4 + n) for n in range(1, 90)]])
    store = MemoryStore(clock=lambda: NOW)
    landed(store, tmp_path, "g1")
    (gap,) = read_gaps(store, MARKET)
    lost_at = from_us((START_MS + 15_000) * 1000)
    assert gap.dataset == "trades"
    assert gap.from_time <= lost_at <= gap.to_time
