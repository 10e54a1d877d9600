"""What other packages add by entry point, each by itself: one that cannot be loaded takes no other
with it.

Belongs here: loading the entry points of a group, and what became of each. Does not: which groups
there are (venues, simulator.venues), what a venue is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint
from typing import Protocol, TypeVar

from marketdata_platform.core.errors import ConfigurationError


class Named(Protocol):
    """What has the name of its venue."""

    @property
    def name(self) -> str:
        """As in `Instrument.venue`."""
        ...


T = TypeVar("T", bound=Named)


class Listed(dict[str, T]):
    """Venues by name. `failed`: name of an entry point → why what it leads to is not among them."""

    def __init__(self, ours: Mapping[str, T]) -> None:
        super().__init__(ours)
        self.failed: dict[str, str] = {}

    def described(self, name: str) -> T | None:
        """The venue of this name; None: nothing is known of it.

        Raises:
            ConfigurationError: an entry point of this name cannot be loaded.
        """
        found = self.get(name)
        if found is None and name in self.failed:
            raise ConfigurationError(self.failed[name])
        return found


def listed(ours: Mapping[str, T], kind: type[T], points: Iterable[EntryPoint]) -> Listed[T]:
    """Ours, and what the entry points lead to. An entry point has the name of its venue, so that
    asking for a venue that cannot be loaded is told why.

    Args:
        ours: by name; no entry point takes the place of one.
        kind: what an entry point leads to.
        points: of one group. Of several with one name none is loaded.
    """
    found = Listed(ours)
    given = list(points)
    times = Counter(point.name for point in given)
    for point in given:
        where = f"entry point {point.name!a} ({point.value}) of {point.group}"
        if times[point.name] > 1:
            found.failed[point.name] = (
                f"{where}: {times[point.name]} packages have one of this name"
            )
            continue
        try:
            found[point.name] = _loaded(point, kind, ours)
        except Exception as error:  # noqa: BLE001 - whatever foreign code raises is its own venue's
            found.failed[point.name] = f"{where} {_said(error)}"
    return found


def _loaded(point: EntryPoint, kind: type[T], ours: Mapping[str, T]) -> T:
    venue = point.load()
    if not isinstance(venue, kind):
        raise _Refused(f"is no {kind.__name__}: point it at the venue's one object")
    if venue.name in ours:
        raise _Refused(f"leads to a venue {venue.name!a}, and there is one already")
    if venue.name != point.name:
        raise _Refused(f"leads to the venue {venue.name!a}: give it the name of its venue")
    return venue


class _Refused(Exception):
    """What is wrong with what was loaded."""


def _said(error: Exception) -> str:
    if isinstance(error, _Refused):
        return str(error)
    if isinstance(error, ConfigurationError):
        return f"cannot be loaded: {error}"
    return f"cannot be loaded: {type(error).__name__}: {error}"
