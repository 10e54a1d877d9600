"""What a derived record type is besides its table: formula, picture, fold, and what holds of its
rows.

Belongs here: what each must say. Does not: any one of them (the sibling files).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from marketdata_platform.core.datasets.derived.choices import Choices
from marketdata_platform.core.datasets.model import Dataset

if TYPE_CHECKING:
    # Only named: who reads the list (a gatherer does) loads neither Polars nor Numba for it.
    import polars as pl

    from marketdata_platform.core.bars.day_input import DayInput
    from marketdata_platform.core.series_start import SeriesStart

C = TypeVar("C", bound=Choices)
P = TypeVar("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the UI shows of a day.

    `line`: the column drawn as a small line, None: no line. `interval`: of rows of several
    intervals, those drawn; None: all rows. `figure`: True if the day's full chart goes along.
    """

    line: str | None
    interval: str | None
    figure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold(Generic[C, P]):
    """How rows come from trades. Kernels are imported by the first call, not by the list.

    `choices`: the section of the configuration that it reads. `params(choices, start)`: its
    parameters; `str` of them must hold everything that numbers depend on besides the trades.
    `step(day, params, state) -> (rows, state)`: one UTC day; `state` is None at the series' start.
    `sees_gaps`: True if rows depend on the day's known gaps. `held_volume(state)`: the volume that
    a state holds in open bars; None: bars end with the day, so there is none.
    """

    choices: type[C]
    params: Callable[[C, SeriesStart], P]
    step: Callable[[DayInput, P, bytes | None], tuple[pl.DataFrame, bytes]]
    sees_gaps: bool
    held_volume: Callable[[bytes], Decimal] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived(Dataset):
    """A record type that is derived from trades. Assets, checks, retention, settings and the UI
    follow from it.

    `group`: the group of assets, derived in one run. `formula`: as the UI shows it (full text:
    docs/definitions.md). `conserves`: True if Σ volume of a day's rows, with what open bars hold,
    is Σ volume of its trades (then a check proves it). `snapshot`: True if each day holds all that
    lives at its end, so that retention must keep the newest day.

    Raises:
        ValueError: when its tier is not one of derived record types, or a check could not be made.
    """

    group: str
    formula: str
    picture: Picture
    conserves: bool
    snapshot: bool
    fold: Fold[Any, Any]

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if not self.derived:
            raise ValueError(f"{self.name}: tier {self.tier} is not one of derived record types")
        if self.conserves and "volume" not in names:
            raise ValueError(f"{self.name} conserves volume, and has no column `volume`")
        if self.picture.line is not None and self.picture.line not in names:
            raise ValueError(f"{self.name}: the picture's column {self.picture.line!r} is not its")
