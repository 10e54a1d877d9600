"""What the platform must know of a venue: one object per venue, every part said, none by default.

Belongs here: the interface. Does not: any venue (one folder per venue), what venues share (kit).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """One venue. Nothing here has a default: what is not said would be guessed.

    Args:
        name: as in `Instrument.venue`.
        aliases: what vendors call it: vendor → (vendor's name of an exchange → our markets; an
            empty tuple where any market may be meant).
        decoder: module of the venue that turns frames and REST answers into rows; loaded by name,
            because a gatherer never needs it.
        files: module of the venue that describes its dumps and captures; loaded by name. None: the
            venue publishes no files that are read.
    """

    name: str
    aliases: Mapping[str, Mapping[str, tuple[str, ...]]]
    decoder: str
    files: str | None
