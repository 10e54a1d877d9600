"""Half-open UTC time windows and days: the only way the platform speaks of a stretch of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from marketdata_platform.core.errors import InvalidWindow

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
US_PER_DAY = 86_400_000_000
Moment = datetime | date | str
_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_LAST = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, order=True, slots=True)
class Window:
    """`[start, end)` in UTC. Empty and inverted windows are refused: they are nearly always a
    mistake.

    Raises:
        InvalidWindow: when `start >= end` or a bound has no UTC offset of zero.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for name, bound in (("start", self.start), ("end", self.end)):
            if bound.tzinfo is None or bound.utcoffset() != timedelta(0):
                raise InvalidWindow(
                    f"window {name} {bound.isoformat()} is not in UTC: give it tzinfo=UTC"
                )
        if self.start >= self.end:
            raise InvalidWindow(
                f"window [{self.start.isoformat()}, {self.end.isoformat()}) is empty or inverted: "
                "put start before end"
            )

    @classmethod
    def of_day(cls, day: date) -> Window:
        """The UTC day `day`."""
        start = datetime.combine(day, time(), tzinfo=UTC)
        return cls(start, start + timedelta(days=1))

    @classmethod
    def of_days(cls, first: date, last: date) -> Window:
        """The UTC days `first` to `last`, both included."""
        if first > last:
            raise InvalidWindow(
                f"days {first}..{last} are inverted: the first day must not be after the last"
            )
        return cls(cls.of_day(first).start, cls.of_day(last).end)

    @property
    def start_us(self) -> int:
        """Microseconds from the epoch to `start`."""
        return to_us(self.start)

    @property
    def end_us(self) -> int:
        """Microseconds from the epoch to `end`."""
        return to_us(self.end)

    def days(self) -> Iterator[date]:
        """Every UTC day that the window touches, in order."""
        day = self.start.date()
        while Window.of_day(day).start < self.end:
            yield day
            day += timedelta(days=1)

    def overlaps(self, other: Window) -> bool:
        """True if some moment is in both."""
        return self.start < other.end and other.start < self.end

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def window_between(start: Moment | None, end: Moment | None) -> Window | None:
    """The half-open window between two moments, days or ISO 8601 texts; None when neither is given.

    A moment without a zone is UTC, as everything here is.

    Raises:
        InvalidWindow: text that is no moment, or bounds that are inverted.
    """
    if start is None and end is None:
        return None
    return Window(
        _FIRST if start is None else _moment(start, "start"),
        _LAST if end is None else _moment(end, "end"),
    )


def _moment(value: Moment, name: str) -> datetime:
    if isinstance(value, str):
        text = value
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            example = "2024-07-18 or 2024-07-18T12:00:00Z"
            raise InvalidWindow(f"{name} {text[:40]!a} is not ISO 8601, as in {example}") from None
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), tzinfo=UTC)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def to_us(moment: datetime) -> int:
    """Microseconds from the epoch, exact (float timestamps are not)."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_us(microseconds: int) -> datetime:
    """The UTC moment `microseconds` after the epoch."""
    return EPOCH + timedelta(microseconds=microseconds)


def day_of_us(microseconds: int) -> date:
    """The UTC day of a moment given in microseconds."""
    return from_us(microseconds).date()
