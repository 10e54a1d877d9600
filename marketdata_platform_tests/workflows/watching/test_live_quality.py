"""What a person is told of the live recording, and when it is serious."""

from datetime import UTC, datetime, timedelta

import pytest

from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus, StreamStatus
from marketdata_platform.workflows.watching.live_quality import (
    heartbeat,
    landing_lag,
    open_gaps,
    quarantine,
)

NOW = datetime(2024, 7, 18, 12, tzinfo=UTC)


def us(moment):
    return int(moment.timestamp() * 1e6)


def beat(age=1, **changes):
    at = us(NOW - timedelta(seconds=age))
    status = GathererStatus("g1", 1, "here", "", us(NOW - timedelta(hours=2)), at, "capturing")
    for name, value in changes.items():
        setattr(status, name, value)
    return status


def stream(**changes):
    return StreamStatus("binance:spot:BTCUSDT", "trades", "c1", **changes)


def test_a_gatherer_is_well_while_it_beats_takes_and_hears():
    assert heartbeat("g1", beat(), NOW, 30).passed
    for status, said in (
        (None, "never seen"),
        (beat(age=31), "silent since 31 s"),
        (beat(stopped_reason="no space left"), "takes nothing: no space left"),
    ):
        found = heartbeat("g1", status, NOW, 30)
        assert not found.passed
        assert found.serious
        assert said in found.said
    deaf = heartbeat("g1", beat(streams=[stream(stale=True)]), NOW, 30)
    assert not deaf.passed
    assert not deaf.serious
    assert "trades of binance:spot:BTCUSDT" in deaf.said


@pytest.mark.parametrize(
    ("behind", "passed", "serious"), [(60, True, False), (200, False, False), (1_000, False, True)]
)
def test_landing_is_late_by_what_was_heard_and_is_not_landed(behind, passed, serious):
    heard = beat(streams=[stream(last_recv_us=us(NOW)), stream(last_recv_us=None)])
    found = landing_lag("g1", NOW - timedelta(seconds=behind), heard)
    assert (found.passed, found.serious) == (passed, serious)
    assert found.facts["lag seconds"] == behind


def test_where_nothing_was_heard_nothing_is_late():
    assert landing_lag("g1", None, None).passed
    assert landing_lag("g1", None, beat()).passed
    assert not landing_lag("g1", None, beat(streams=[stream(last_recv_us=us(NOW))])).passed, (
        "never landed for 2 h"
    )


def test_open_gaps_warn_and_are_serious_after_an_hour():
    assert open_gaps([], NOW).passed
    young = open_gaps(
        [("trades of a", 3, NOW - timedelta(minutes=5)), ("trades of b", None, NOW)], NOW
    )
    assert (young.passed, young.serious) == (False, False)
    assert young.said == "2 open, the oldest for 5 min, in trades of a, trades of b"
    assert young.facts["records missing"] == 3
    assert open_gaps([("trades of a", 3, NOW - timedelta(hours=2))], NOW).serious


def test_quarantine_tells_how_much_and_why():
    assert quarantine({}).passed
    found = quarantine({"unreadable": 7, "conflict": 1})
    assert not found.passed
    assert found.said == "8 in the last 15 min: 7 × unreadable; 1 × conflict"
