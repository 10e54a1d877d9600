"""Parameters and state of VPIN buckets.

Belongs here: what is given and what is carried. Does not: filling buckets (buckets.py, bvc.py,
kernels/vpin.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from marketdata_platform.core.bars.bvc import Bulk
from marketdata_platform.core.bars.fold_input import NOTHING_SEEN, Seen
from marketdata_platform.core.bars.fold_state import (
    EMPTY_BAR,
    OpenBar,
    StoredState,
    decimal_of,
)
from marketdata_platform.core.bars.intervals import interval_us
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.window import US_PER_DAY

Method = Literal["side", "bvc"]
MAX_WINDOW = 100_000
_UNIT = 10**8
_MAX_UNITS = 10**37  # far below what DECIMAL(38, 8) holds


@dataclass(frozen=True, slots=True)
class BucketRule:
    """`VpinParams` in whole numbers, as states keep it."""

    units: int | None  # V ×10⁸; None: automatic
    first_units: int | None  # automatic V of the first day ×10⁸; None: the first day only warms up
    window: int
    method: Method
    bar_interval: str


@dataclass(frozen=True, slots=True)
class VpinParams:
    """How buckets are cut and averaged.

    `bucket_volume`: V, with at most 8 decimals, or `auto`: V of the buckets opened on a UTC day =
    volume of the last UTC day with trades before it / 50, rounded down to 1e-8, at least that; a
    bucket open at midnight keeps its own V. `first_bucket_volume`: with `auto`, V on the series'
    first day; None: that day's trades are in no bucket. `window`: n. `method`: `side` (taker's
    side, tick rule where it is unknown) or `bvc` over time bars of `bar_interval` (an interval of
    klines that divides a day).

    Raises:
        InvalidInput: when a value is not allowed; the message says what is.
    """

    bucket_volume: Decimal | Literal["auto"]
    window: int = 50
    method: Method = "side"
    bar_interval: str = "1m"
    first_bucket_volume: Decimal | None = None

    def __post_init__(self) -> None:
        if type(self.window) is not int or not 1 <= self.window <= MAX_WINDOW:
            raise InvalidInput(
                f"window is {self.window!r}: it must be a whole number from 1 to {MAX_WINDOW}"
            )
        if self.method not in ("side", "bvc"):
            raise InvalidInput(f"method is {self.method!r}: it must be side or bvc")
        width = interval_us(self.bar_interval)
        if not width or US_PER_DAY % width:
            raise InvalidInput(f"bar_interval is {self.bar_interval}: it must divide a day")
        if self.first_bucket_volume is not None and self.bucket_volume != "auto":
            raise InvalidInput("first_bucket_volume goes only with bucket_volume='auto'")
        self.rule  # noqa: B018 (checks both volumes)

    @property
    def rule(self) -> BucketRule:
        """The same in whole numbers."""
        units = (
            None if self.bucket_volume == "auto" else _units("bucket_volume", self.bucket_volume)
        )
        first = (
            None
            if self.first_bucket_volume is None
            else _units("first_bucket_volume", self.first_bucket_volume)
        )
        return BucketRule(units, first, self.window, self.method, self.bar_interval)


@dataclass(frozen=True, slots=True)
class VpinState(StoredState):
    """All that later buckets depend on. Two equal states go on to equal buckets. Volumes in whole
    units of 10⁻⁸.
    """

    params: BucketRule
    buckets: int = 0  # closed since the series' start
    seen: Seen = NOTHING_SEEN
    bar: OpenBar = EMPTY_BAR  # the open bucket
    bucket_units: int = 0  # V of the open bucket; 0 when none is open
    next_units: int = 0  # V of buckets opened now; 0 while an automatic V is not known
    day: int | None = None  # of the last element, in days from the epoch; None for a given V
    day_units: int = 0  # that day's volume so far
    warmup_units: int = 0
    ratios: tuple[int, ...] = ()  # |Vb − Vs| / V · 2^62 of the last n buckets, oldest first
    bulk: Bulk | None = None  # with `bvc`

    @property
    def warmup_volume(self) -> Decimal:
        """Volume of a first day without a V, which is in no bucket."""
        return decimal_of(self.warmup_units)

    @property
    def open_volume(self) -> Decimal:
        """Volume in no closed bucket and not in the warm-up: Σ bucket volume + warm-up + this = Σ
        trade volume.
        """
        held = self.bulk.bar.volume if self.bulk is not None and self.bulk.bar is not None else 0
        return decimal_of(self.bar.volume + held)


def _units(name: str, volume: Decimal | int | str) -> int:
    if isinstance(volume, str) or not (isinstance(volume, Decimal) or type(volume) is int):
        raise InvalidInput(
            f"{name} is {volume!r}: it must be a Decimal or an int, floats are not exact"
        )
    volume = Decimal(volume)
    if not volume.is_finite() or not 0 < volume <= Decimal(_MAX_UNITS // _UNIT):
        raise InvalidInput(f"{name} is {volume}: it must be above 0 and at most 10^29")
    numerator, denominator = volume.as_integer_ratio()
    units, rest = divmod(numerator * _UNIT, denominator)
    if rest:
        raise InvalidInput(f"{name} is {volume}: it must have at most 8 decimals")
    return units
