from dataclasses import replace
from datetime import UTC, datetime, timedelta

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.workflows.bookkeeping.gap_ledger import BY_IDS, new_gap
from marketdata_platform.workflows.gaps.repair_times import due_at, due_gaps, next_due

OPENED = datetime(2024, 7, 18, 12, tzinfo=UTC)
GAP = new_gap(
    Instrument.parse("binance:spot:BTCUSDT"),
    "trades",
    (OPENED - timedelta(seconds=2), OPENED),
    BY_IDS,
    OPENED,
    ids=(7, 9),
)


def test_a_fresh_gap_is_due_at_once_and_one_that_resists_ever_more_seldom():
    minutes = [
        (due_at(replace(GAP, attempts=n)) - OPENED) / timedelta(minutes=1) for n in range(10)
    ]
    assert minutes == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]


def test_only_due_gaps_are_tried_and_the_others_say_when():
    tried = replace(GAP, gap_id="other", attempts=3)
    now = OPENED + timedelta(minutes=2)
    assert due_gaps([GAP, tried], now) == [GAP]
    assert next_due([tried], now) == "1 open gaps were tried before; the next try is in 300 s"
    assert next_due([], now) == "no gap is open"
