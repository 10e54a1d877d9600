"""What each venue sends and answers, in its own shape, for the tests that ask all of them the same
(`<venue>/rule_sample.py`): trades by number, books whose changes may be missing, answers about the
past.

A moment is in ms after `START_MS`. Change n of a book leaves quantity n at its one level.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.rest_rules import RestRequest
from marketdata_platform_tests.workflows.landing.land_journals import START_MS


@dataclass(frozen=True)
class Sample:
    """One venue's ways of writing. `whole` and `change` give (stream's end, frame)."""

    instrument: Instrument
    market: str  # as streams name it
    trade: Callable[[int, int], bytes]  # number, ms
    whole: Callable[[int, int], tuple[str, bytes]]  # number, ms
    change: Callable[[int, int], tuple[str, bytes]]  # number, ms
    page: Callable[[RestRequest, range], Any] | None  # answer with the trades of a range
    id_column: str = "sequence"


def written(message: Any) -> bytes:
    """A message as a venue writes it."""
    return json.dumps(message, separators=(",", ":")).encode()


def when(number: int) -> int:
    """When trade `number` of a page happened, ms since 1970."""
    return START_MS + number * 1_000
