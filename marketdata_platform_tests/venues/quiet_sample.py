"""What the made-up venue sends, for the questions of `test_every_rule.py`."""

from __future__ import annotations

from collections.abc import Callable

from marketdata_platform.core.instrument import Instrument
from marketdata_platform_tests.venues import quiet
from marketdata_platform_tests.venues.rule_samples import Sample
from marketdata_platform_tests.workflows.landing.land_journals import START_MS


def _quiet_book(kind: str) -> Callable[[int, int], tuple[str, bytes]]:
    return lambda number, ms: (
        "ws/a",
        quiet.written(kind, START_MS + ms, bids=[["100", str(number)]]),
    )


SAMPLE = Sample(
    Instrument("quiet", "spot", "QUIET"),
    "spot",
    lambda number, ms: quiet.written("trade", START_MS + ms, id=f"q{number}"),
    _quiet_book("whole"),
    _quiet_book("change"),
    None,
    "trade_id",
)
