"""Sections of the configuration that derived record types bring: keys, defaults, and what is
allowed.

Belongs here: what a section says, in plain Python. Does not: reading it from files (settings).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from marketdata_platform.core.interval_names import INTERVALS

INTERVALS_WITHIN_A_DAY = tuple(i for i in INTERVALS if i not in ("3d", "1w", "1M"))


class Choices:
    """One `[section]` of the configuration, as a frozen dataclass with a default for each key.

    A subclass says its section's name, and whether one instrument may differ from the others:
    `class VpinChoices(Choices, section="vpin", per_instrument=True)`.
    """

    section: ClassVar[str]
    per_instrument: ClassVar[bool]

    def __init_subclass__(cls, *, section: str, per_instrument: bool) -> None:
        cls.section, cls.per_instrument = section, per_instrument


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The value is not below `least`."""

    least: int


@dataclass(frozen=True, slots=True)
class Above:
    """The value is above `limit`."""

    limit: int


@dataclass(frozen=True, slots=True)
class Checked:
    """The value passes `check`, which returns it, or raises ValueError that says what is
    allowed.
    """

    check: Callable[[Any], Any]


def within_a_day(value: str) -> str:
    """An interval whose windows end where UTC days do.

    Raises:
        ValueError: when it is none; the message lists those there are.
    """
    if value not in INTERVALS_WITHIN_A_DAY:
        raise ValueError(f"must be one of {', '.join(INTERVALS_WITHIN_A_DAY)}")
    return value


Count = Annotated[int, AtLeast(1)]
IntervalWithinADay = Annotated[str, Checked(within_a_day)]
# Decimals; a float in a file is read by its shortest text.
AmountOrAuto = Annotated[Decimal, Above(0)] | Literal["auto"]
