"""The life of a venue of another package, run in a process that finds it by its entry points.

`python -m … ROOT` prints nothing and ends with 0, or fails with what was wrong.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import from_us
from marketdata_platform.platform.use_cases.land import book_at, gaps_of
from marketdata_platform.platform.use_cases.repair import repair
from marketdata_platform.simulator.server.exchange import ExchangeConfig
from marketdata_platform.workflows.bookkeeping.gap_ledger import (
    BY_IDS,
    BY_SILENCE,
    OPEN,
    REPAIRED,
)
from marketdata_platform_tests.end_to_end.live_deployment import live_deployment

LEMON = Instrument("lemon", "spot", "JUICE")
RECORDED = {str(LEMON): ("trades", "book_deltas", "book_snapshots")}
NAMES = ("g1", "g2")
_PATIENCE_SECONDS = 120.0  # with a machine that is busy with other tests


def wait_capturing(live) -> None:
    for name in NAMES:
        live.gatherers.wait_capturing(name, _PATIENCE_SECONDS)


def live_through_an_outage(live) -> tuple[int, int]:
    """All gatherers are killed and come back; from when to when (µs) surely nobody listened."""
    wait_capturing(live)
    time.sleep(1.5)
    for name in NAMES:
        live.gatherers.kill(name)
    lost = time.time_ns() // 1000
    time.sleep(1.0)
    back = time.time_ns() // 1000
    # All of them: while one is away a gap waits for what it may still bring.
    for name in NAMES:
        live.gatherers.start(name)
    wait_capturing(live)
    time.sleep(1.5)
    live.exchange.halt()
    time.sleep(0.5)
    live.gatherers.stop()
    live.land_all()
    return lost, back


def gaps(live, dataset: str):
    return [gap for gap in gaps_of(live.platform, LEMON) if gap.dataset == dataset]


def check_gaps(live, lost: int, back: int) -> None:
    (trades,) = gaps(live, "trades")
    assert (trades.detected_by, trades.status) == (BY_IDS, OPEN), trades
    assert trades.last_missing - trades.first_missing > 10, trades
    assert trades.from_time < from_us(back) and trades.to_time > from_us(lost), trades
    (books,) = gaps(live, "book_deltas")
    assert books.detected_by == BY_SILENCE, books
    assert books.from_time < from_us(back) and books.to_time > from_us(lost), books


def check_books(live, truth, lost: int, back: int) -> None:
    """None in the outage; before and after, those of the exchange."""
    assert not book_at(live.platform, LEMON, from_us((lost + back) // 2)).valid
    moments = [us for us, _ in truth[LEMON].publications()]
    stored = live.platform.read("book_deltas", LEMON)["ts_event"]
    # What was on its way to them when they were killed is older than the outage, and lost, too.
    last = stored.filter(stored < from_us(lost)).max()
    for begin, end in ((stored.min(), last), (from_us(back), stored.max())):
        valid = 0
        for moment in [from_us(us) for us in moments if begin < from_us(us) < end]:
            book = book_at(live.platform, LEMON, moment)
            bids, asks = truth[LEMON].book_at_time(moment)
            valid += book.valid
            assert not book.valid or book.levels(20) == (bids[:20], asks[:20]), moment
        assert valid, (begin, end)


def check_repair(live, truth) -> None:
    repair(live.platform)
    assert {gap.status for gap in gaps(live, "trades")} == {REPAIRED}
    stored = live.platform.read("trades", LEMON)
    numbers = stored["sequence"].sort().to_list()
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert stored.join(truth.trades(LEMON), on=["trade_id", "price"], how="anti").is_empty()


def run(root: Path) -> None:
    """The whole life, in a deployment on `root`."""
    config = ExchangeConfig((str(LEMON),), seed=5, rate=60.0)
    with live_deployment(root, config, recorded=RECORDED, names=NAMES) as live:
        lost, back = live_through_an_outage(live)
        truth = live.exchange.ledger()
        check_gaps(live, lost, back)
        check_books(live, truth, lost, back)
        check_repair(live, truth)


if __name__ == "__main__":
    run(Path(sys.argv[1]))
