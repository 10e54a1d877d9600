"""What many events of one kind say, a field at a time: of events that were decoded, or of frames
laid out alike.

Belongs here: the two ways to a column, which give the same columns. Does not: which field goes
where (`*_rows`), which frames are laid out alike (templated).
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.books.book_levels import Levels, levels
from marketdata_platform.core.datasets.model import PRICE, QUANTITY
from marketdata_platform.core.numbers.text_numbers import NULL, OK, Numbers, counts
from marketdata_platform.core.templates import Matched
from marketdata_platform.venues.kit import parsing

Bools = npt.NDArray[np.bool_]


class Told(Protocol):
    """Fields of events; an event that lacks one has None, or null, there."""

    def __len__(self) -> int:
        """How many events."""
        ...

    def words(self, name: str) -> Sequence[str | None]:
        """Texts."""
        ...

    def count(self, name: str, what: str) -> Numbers:
        """Whole numbers; `what` names them in a refusal."""
        ...

    def price(self, name: str) -> Numbers:
        """Prices times 1e8."""
        ...

    def quantity(self, name: str) -> Numbers:
        """Quantities times 1e8."""
        ...

    def flags(self, name: str) -> Bools:
        """Truth values."""
        ...

    def levels(self, name: str) -> Levels:
        """Sides of books."""
        ...


class OfEvents:
    """Of decoded events."""

    def __init__(self, events: Sequence[Any]) -> None:
        self._events = events

    def __len__(self) -> int:
        return len(self._events)

    def words(self, name: str) -> Sequence[str | None]:
        """Texts."""
        return self._values(name)

    def count(self, name: str, what: str) -> Numbers:
        """Whole numbers."""
        return counts(self._values(name), what)

    def price(self, name: str) -> Numbers:
        """Prices."""
        return parsing.price(self._values(name))

    def quantity(self, name: str) -> Numbers:
        """Quantities."""
        return parsing.quantity(self._values(name))

    def flags(self, name: str) -> Bools:
        """Truth values."""
        return np.array(self._values(name), bool)

    def levels(self, name: str) -> Levels:
        """Sides of books."""
        return levels(self._values(name))

    def _values(self, name: str) -> list[Any]:
        return list(map(attrgetter(name), self._events))


class OfFrames:
    """Of frames laid out alike; fields are at `prefix` and their name."""

    def __init__(self, matched: Matched, prefix: str) -> None:
        self._matched, self._prefix = matched, prefix

    @property
    def numbers(self) -> npt.NDArray[np.int64]:
        """Which frame each event is in."""
        return self._matched.number

    def __len__(self) -> int:
        return len(self._matched.number)

    def _has(self, name: str) -> bool:
        return self._prefix + name in self._matched.template.names

    def words(self, name: str) -> Sequence[str | None]:
        """Texts; in nearly every batch there is only one."""
        if not self._has(name):
            return [None] * len(self)
        return self._matched.words(self._prefix + name)

    def count(self, name: str, what: str) -> Numbers:
        """Whole numbers, none of which is too large for a column: those frames are not of this
        layout.
        """
        if not self._has(name):
            return Numbers(np.zeros(len(self), np.int64), np.full(len(self), NULL, np.int8))
        return Numbers(self._matched.integers(self._prefix + name), np.full(len(self), OK, np.int8))

    def price(self, name: str) -> Numbers:
        """Prices."""
        return self._matched.decimals(self._prefix + name, PRICE.precision)

    def quantity(self, name: str) -> Numbers:
        """Quantities."""
        return self._matched.decimals(self._prefix + name, QUANTITY.precision)

    def flags(self, name: str) -> Bools:
        """Truth values."""
        return self._matched.integers(self._prefix + name).astype(bool)

    def levels(self, name: str) -> Levels:
        """Sides of books."""
        return self._matched.levels(self._prefix + name)
