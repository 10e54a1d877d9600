"""What a derived dataset is to the walk over days: a fold with its parameters, and the input of one day."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import polars as pl

from marketdata_platform.core.window import Window

# Part of every fingerprint: raise it when a kernel's numbers change, and all that was derived is derived again.
KERNEL_VERSION = 1


@dataclass(frozen=True)
class DayInput:
    """What a fold sees of one UTC day."""

    day: date
    trades: pl.DataFrame
    holes: tuple[Window, ...]  # stretches in which trades may be missing

    @property
    def window(self) -> Window:
        """The UTC day."""
        return Window.of_day(self.day)


Fold = Callable[[DayInput, bytes | None], tuple[pl.DataFrame, bytes]]


@dataclass(frozen=True, slots=True)
class Derivation:
    """One derived dataset of one instrument: `fold(day, state) -> (rows, state)`."""

    dataset: str
    fold: Fold
    params: str  # everything that the numbers depend on besides the trades
    sees_holes: bool = False  # whether rows depend on the holes of the day
    held_volume: Callable[[bytes], Decimal] | None = None  # volume that a state holds in its open bar
    params_digest: str = field(init=False)

    def __post_init__(self) -> None:
        text = f"{KERNEL_VERSION}|{self.dataset}|{self.params}"
        object.__setattr__(self, "params_digest", hashlib.sha256(text.encode()).hexdigest()[:16])
