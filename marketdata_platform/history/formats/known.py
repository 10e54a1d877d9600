"""The formats that can be read: the vendors' and those that the venues declare.

Belongs here: the lists. Does not: which format a file is in (recognise), reading.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TypeAlias

from marketdata_platform.core.errors import ConfigurationError, UnsupportedFormat
from marketdata_platform.core.instrument import shown
from marketdata_platform.history.formats import tardis
from marketdata_platform.history.formats.captures import VenueCapture
from marketdata_platform.history.formats.dumps import Delimited, VenueDump
from marketdata_platform.history.venue_files import files_by_venue
from marketdata_platform.venues.kit.tables import TableLayout

Format: TypeAlias = Delimited | VenueCapture


@dataclass(frozen=True, slots=True)
class DeclaredTable:
    """A layout of tables; `venue` is empty where such files are of any venue."""

    venue: str
    layout: TableLayout


def delimited() -> list[Delimited]:
    """The formats of delimited trades.

    Raises:
        ConfigurationError: a venue's files cannot be loaded.
    """
    return [*venue_dumps(), tardis.TardisTrades()]


def venue_dumps() -> list[VenueDump]:
    """Those of the venues. Raises as `delimited`."""
    return [
        VenueDump(venue, dump, files)
        for venue, files in files_by_venue().items()
        for dump in files.dumps
    ]


def captures() -> list[VenueCapture]:
    """The formats of captured frames. Raises as `delimited`."""
    return [
        VenueCapture(venue, capture)
        for venue, files in files_by_venue().items()
        for capture in files.captures
    ]


def tables() -> list[DeclaredTable]:
    """The declared tables. Raises as `delimited`."""
    found = [
        DeclaredTable(venue, layout)
        for venue, files in files_by_venue().items()
        for layout in files.tables
    ]
    return [*found, DeclaredTable("", tardis.QUOTES_TABLE)]


def file_names() -> list[re.Pattern[str]]:
    """How the names of dumps look. Raises as `delimited`."""
    return [*(one.dump.file_name for one in venue_dumps()), tardis.FILE_NAME]


def other_headers() -> dict[tuple[str, ...], str]:
    """How headers begin that are known and not of trades → what the files hold."""
    found: dict[tuple[str, ...], str] = {}
    for files in files_by_venue().values():
        found |= files.others
    return found | tardis.OTHERS


def formats() -> dict[str, Format]:
    """The formats of trades and captures, by what `--format` says.

    Raises:
        ConfigurationError: two have one name, or as `delimited`.
    """
    every: list[Format] = [*delimited(), *captures()]
    taken = [name for name, count in Counter(one.name for one in every).items() if count > 1]
    if taken:
        venues = ", ".join(one.venue for one in every if one.name == taken[0])
        raise ConfigurationError(
            f"two formats are called {taken[0]!a} (venues {venues}): give one another name"
        )
    return {one.name: one for one in every}


def format_named(name: str) -> Format:
    """The format of this name.

    Raises:
        UnsupportedFormat: there is none; the message lists them.
        ConfigurationError: as `formats`.
    """
    known = formats()
    if name not in known:
        raise UnsupportedFormat(f"no format is called {shown(name)}; there are: {', '.join(known)}")
    return known[name]
