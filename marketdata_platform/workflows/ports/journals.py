"""The port of journals, as retention sees them: old segments, which go one after the other. The
adapter is in journal/.

Belongs here: what retention must know of a segment. Does not: records (recordings).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SealedSegment:
    """One finished segment of a journal: its first record came at `created` (or later), its last
    one before `sealed`.
    """

    number: int
    created: datetime
    sealed: datetime
    stored_bytes: int


class RetainableJournal(Protocol):
    """One gatherer's journal on this machine."""

    @property
    def name(self) -> str:
        """The gatherer."""
        ...

    @property
    def landed_from_elsewhere(self) -> bool:
        """True if landing reads a shipped copy of it, which stays when segments go here."""
        ...

    def sealed_segments(self) -> Sequence[SealedSegment]:
        """The finished segments in order, without the one that the gatherer writes."""
        ...

    def unshipped(self, segment: SealedSegment) -> str:
        """Why the segment is not safe in the object store that it should be shipped to; empty when
        it is, or need not be.
        """
        ...

    def drop_through(self, segment: SealedSegment) -> None:
        """Delete all segments up to this one, which goes too."""
        ...
