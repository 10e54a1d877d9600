"""Two equal changes are two; one message that comes twice on its connection is one."""

import numpy as np

from marketdata_platform.core.repeats import Repeats
from marketdata_platform_tests.venues.every_frame import written
from marketdata_platform_tests.venues.small_frames import decode, kalshi, kalshi_message, rows

CHANGE = {
    "price_dollars": "0.45",
    "delta_fp": "-3.00",
    "side": "no",
    "ts": "2026-08-05T04:00:00.1Z",
}
FIRST, SECOND = (kalshi_message("orderbook_delta", seq=seq, **CHANGE) for seq in (5, 6))


def test_equal_changes_count_and_a_repeated_message_does_not():
    out = decode("KALSHI", FIRST, SECOND, FIRST, SECOND, FIRST)
    assert [row["event_id"] for row in rows(out, "book_deltas")] == [
        "1785902400100000:n0.45:-3.00",
        "1785902400100000:n0.45:-3.00:1",
    ]
    assert out.counts["orderbook_delta that came again"] == 3
    assert not out.rejected


def test_a_cut_between_them_changes_nothing():
    repeats, found = Repeats(), []
    for frame in map(written, (FIRST, FIRST, SECOND, FIRST)):
        out = kalshi("event", [frame], np.array([1]), repeats)
        found += [row["event_id"] for row in rows(out, "book_deltas")]
        repeats = Repeats.from_bytes(repeats.to_bytes())
    assert found == ["1785902400100000:n0.45:-3.00", "1785902400100000:n0.45:-3.00:1"]
