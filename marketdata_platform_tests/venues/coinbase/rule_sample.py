"""What Coinbase sends and answers, for the questions of `test_every_rule.py`."""

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import from_us
from marketdata_platform_tests.venues.coinbase.small_frames import match, snapshot, update
from marketdata_platform_tests.venues.rule_samples import Sample, when, written
from marketdata_platform_tests.workflows.landing.land_journals import START_MS


def _time(ms):
    return from_us(ms * 1_000).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _trade(number, ms):
    return written(match(number, time=_time(START_MS + ms)))


def _whole(number, ms):
    return "ws/a", written(snapshot(bids=[["100", str(number)]], asks=[["101", "1"]]))


def _change(number, ms):
    return "ws/a", written(update(["buy", "100", str(number)], time=_time(START_MS + ms)))


def _page(request, ids):
    """At most seven trades with ids below `after`, the newest first."""
    asked = request.parameters
    found = [i for i in ids if i < int(asked["after"])][-min(int(asked["limit"]), 7) :]
    return [
        {"time": _time(when(i)), "trade_id": i, "price": "1.5", "size": "2", "side": "buy"}
        for i in reversed(found)
    ]


SAMPLE = Sample(Instrument("coinbase", "spot", "BTC-USD"), "spot", _trade, _whole, _change, _page)
