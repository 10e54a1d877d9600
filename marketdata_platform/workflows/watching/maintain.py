"""Looking after a store: what its engine can report of itself and do for itself.

Belongs here: the words for it. Does not: SQL and files (stores), retention (retain.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class MaintenanceFinding:
    """One thing that was looked at. `bytes`: what it takes; `freeable`: what doing something would
    give back.
    """

    subject: str  # a table, an index, a file
    action: str  # report | analyze | reindex | drop | create | compact
    text: str
    bytes: int = 0
    freeable: int = 0
    done: bool = False  # whether the action was taken; a report has none

    @property
    def waits(self) -> bool:
        """True if something is to be done that was not."""
        return self.action != "report" and not self.done


class Maintainable(Protocol):
    """A store's engine that can be looked after while it is in use."""

    def maintain(self, *, apply: bool) -> Iterator[MaintenanceFinding]:
        """Look, and with `apply` act; one finding at a time. What fails is reported and stops
        nothing else.
        """
        ...
