"""A busy exchange for ten minutes, recorded and landed beside: memory stays flat, lag bounded,
nothing is lost.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from dataclasses import dataclass, field

import psutil
import pytest

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform.use_cases.land import gaps_of, land
from marketdata_platform.simulator.server.exchange import ExchangeConfig
from marketdata_platform_tests.end_to_end.live_deployment import live_deployment
from marketdata_platform_tests.simulator.clients import Rest

SECONDS = float(os.environ.get("MARKETDATA_TEST_SOAK_SECONDS", "600"))
WANTED = 20_000  # messages per second
# A second: with the changes of books and quotes that follow from them, as many messages as wanted.
TRADES = 13_500.0
INSTRUMENTS = tuple(
    Instrument("binance", "spot", f"{base}USDT") for base in ("BTC", "ETH", "SOL", "XRP")
)
DATASETS = ("trades", "quotes", "book_deltas")
LANDINGS = 12


@dataclass
class Samples:
    """What was seen each second."""

    memory: list[float] = field(default_factory=list)  # MiB
    lag: list[float] = field(default_factory=list)  # seconds, of the stream that is most behind
    buffered: list[float] = field(default_factory=list)  # MiB

    def quarter(self, number: int) -> float:
        """The median memory of a quarter of the time, 0 to 3."""
        size = len(self.memory) // 4
        return statistics.median(self.memory[number * size : (number + 1) * size])


def sample(live, process, samples: Samples) -> None:
    status = live.gatherers.status("g1")
    samples.memory.append(process.memory_info().rss / 2**20)
    samples.lag.append(max((one.lag_us or 0) / 1e6 for one in status.streams))
    samples.buffered.append(status.buffered_bytes / 2**20)


def wait_quiet(live, timeout_seconds: float = 120.0) -> None:
    """Until nothing more comes: an exchange that was behind tells all that happened when it
    halts.
    """
    deadline, before, same = time.monotonic() + timeout_seconds, -1, 0
    while same < 4 and time.monotonic() < deadline:
        time.sleep(1.0)
        frames = live.gatherers.status("g1").frames
        same, before = (same + 1 if frames == before else 0), frames


def last_trade(live, instrument: Instrument) -> int:
    """The id of the last trade that happened, by the exchange's own REST."""
    status, _, body = Rest(live.exchange, str(instrument)).get(
        f"/api/v3/trades?symbol={instrument.symbol}&limit=1"
    )
    assert status == 200, body
    return json.loads(body)[-1]["id"]


@pytest.mark.slow
def test_ten_minutes_of_a_busy_exchange_are_recorded_whole_in_flat_memory(tmp_path):
    config = ExchangeConfig(
        tuple(map(str, INSTRUMENTS)),
        seed=11,
        rate=TRADES,
        steady=True,
        remember_books=False,
        limits=False,
    )
    recorded = {str(one): DATASETS for one in INSTRUMENTS}
    landed, inserted, land_seconds = 0, 0, 0.0
    samples = Samples()
    with live_deployment(tmp_path, config, recorded=recorded, names=("g1",)) as live:
        live.wait_capturing()
        process, sender = (
            psutil.Process(live.gatherers.status("g1").pid),
            psutil.Process(live.exchange.pid),
        )
        time.sleep(min(10.0, SECONDS / 8))
        begun, first, cpu = (
            time.monotonic(),
            live.gatherers.status("g1"),
            sum(process.cpu_times()[:2]),
        )
        sending = sum(sender.cpu_times()[:2])
        due = SECONDS / LANDINGS
        while (passed := time.monotonic() - begun) < SECONDS:
            sample(live, process, samples)
            if passed >= due:
                due += SECONDS / LANDINGS
                result = land(live.platform)
                landed, inserted = landed + result.frames, inserted + result.inserted
                land_seconds += result.seconds
            time.sleep(max(1.0 - (time.monotonic() - begun - passed), 0.0))
        passed, last = time.monotonic() - begun, live.gatherers.status("g1")
        cpu, sending = sum(process.cpu_times()[:2]) - cpu, sum(sender.cpu_times()[:2]) - sending
        live.exchange.halt()
        wait_quiet(live)
        ends = {one: last_trade(live, one) for one in INSTRUMENTS}
        live.gatherers.stop()
        result = land(live.platform)
        assert land(live.platform).frames == 0
        rate = (last.frames - first.frames) / passed
        told = [
            (
                "messages per second",
                f"{rate:,.0f}"
                + ("" if rate >= WANTED else f" (of {WANTED:,}: all that one core sent)"),
            ),
            ("messages", f"{last.frames:,} in {passed:,.0f} s"),
            ("gatherer's core", f"{cpu / passed:.0%}; the exchange's {sending / passed:.0%}"),
            (
                "gatherer's memory",
                f"{samples.quarter(1):.1f} → {samples.quarter(3):.1f} MiB (2nd and last quarter)",
            ),
            (
                "lag",
                f"median {statistics.median(samples.lag):.2f} s, most {max(samples.lag):.2f} s",
            ),
            (
                "buffered",
                f"at most {max(samples.buffered):.1f} MiB; back-pressure {last.waits} times",
            ),
            ("landed beside", f"{landed:,} messages in {land_seconds:,.1f} s; {inserted:,} rows"),
        ]
        print("\n" + "\n".join(f"{name:>20}  {value}" for name, value in told))  # noqa: T201
        for one in INSTRUMENTS:
            trades = live.platform.read("trades", one)["sequence"]
            assert (trades.diff().drop_nulls() == 1).all(), f"{one}: trades are missing"
            assert trades.max() == ends[one], one
        assert not gaps_of(live.platform), "a book's chain of updates is broken"
    assert samples.quarter(3) <= 1.1 * samples.quarter(1), samples.memory
    assert max(samples.buffered) < 64
    if (
        rate >= 0.9 * WANTED
    ):  # else the exchange tells late what happened, and that is no lag of the gatherer's
        assert statistics.median(samples.lag[len(samples.lag) // 2 :]) < 2.0, samples.lag
    assert rate > 1_000, "hardly anything was sent"
