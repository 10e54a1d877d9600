"""The clock: how far it is off by a venue's, and steps of it."""

import asyncio
import time as real_time
from dataclasses import replace
from types import SimpleNamespace

from marketdata_platform.feeds.asking import clock
from marketdata_platform.feeds.asking.clock import VenueClock, watch_steps
from marketdata_platform.feeds.asking.rest import RestClient
from marketdata_platform.venues.endpoints import endpoint_of
from marketdata_platform_tests.feeds.asking.http_server import HttpServer, answer
from marketdata_platform_tests.feeds.asking.test_rest_polls import Log


class Notes:
    """Keeps what is noted."""

    def __init__(self):
        self.told = []

    def write(self, endpoint, connection, event, **fields):
        self.told.append({"event": event, **{k: v for k, v in fields.items() if v is not None}})


def measured(server, venue="binance", market="spot", least_lag_us=None):
    endpoint = replace(endpoint_of(venue, market), rest=server.address)
    notes = Notes()

    async def run():
        one = VenueClock(
            endpoint, RestClient(endpoint, attempts=1), notes, Log(), lambda: least_lag_us
        )
        task = asyncio.create_task(one.run())
        while not notes.told:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(asyncio.wait_for(run(), 10))
    return notes.told[0]


def test_the_offset_is_this_clock_minus_the_venues():
    behind = int(real_time.time() * 1000) - 7_000
    with HttpServer(answer(body=b'{"serverTime":%d}' % behind)) as server:
        told = measured(server)
    assert 6_900_000 < told["offset_us"] < 9_000_000
    assert told["reason"] == "time" and 0 < told["round_trip_us"] < 2_000_000


def test_without_a_route_for_the_time_the_date_of_any_answer_serves():
    date = real_time.strftime(
        "%a, %d %b %Y %H:%M:%S GMT", real_time.gmtime(real_time.time() + 3600)
    )
    with HttpServer(answer(200, b"{}", f"Date: {date}")) as server:
        told = measured(server, "kalshi", "event")
    assert abs(told["offset_us"] + 3600e6) < 3e6 and told["reason"] == "date"


def test_without_rest_the_least_lag_of_the_streams_serves():
    with HttpServer(None) as server:
        told = measured(server, least_lag_us=4_000)
    assert told == {"event": "clock", "offset_us": 4_000, "reason": "events"}


def test_a_step_of_the_wall_clock_is_noticed_in_both_directions(monkeypatch):
    offset = 0
    shim = SimpleNamespace(
        monotonic_ns=real_time.monotonic_ns, time_ns=lambda: real_time.time_ns() + offset
    )
    monkeypatch.setattr(clock, "time", shim)
    monkeypatch.setattr(clock, "_LOOK_SECONDS", 0.02)
    steps = []

    async def run():
        nonlocal offset
        task = asyncio.create_task(watch_steps(steps.append, Log()))
        for step_ns in (3600 * 10**9, -7200 * 10**9):
            await asyncio.sleep(0.1)
            offset += step_ns
        await asyncio.sleep(0.1)
        task.cancel()

    asyncio.run(run())
    assert [round(step / 1e6) for step in steps] == [3600, -7200]
