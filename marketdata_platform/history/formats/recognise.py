"""Which format a file is in, recognised by its first lines.

Belongs here: how the formats are recognised. Does not: the formats (known), reading rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from marketdata_platform.core.errors import UnsupportedFormat
from marketdata_platform.history.formats import known
from marketdata_platform.history.formats.head import Head

F = TypeVar("F", bound=known.Format)
_FIRST_LINES = 3


def detect(head: bytes, name: str, venue: str) -> known.Format:
    """The format of file `name`, which begins with `head` (some whole lines).

    Where the files of several venues look alike, it is the one of `venue`, the instrument's.

    Raises:
        UnsupportedFormat: it is none of those that can be imported, the message lists them; or it
            is one of several, none or more of which are the venue's, the message names them.
        ConfigurationError: a venue's files cannot be loaded.
    """
    known.formats()  # names are unique
    begins = Head.of(head)
    found = (
        _one(_captures(begins), name, venue)
        or _one([f for f in known.delimited() if f.has_header(begins.fields)], name, venue)
        or _one(_headerless(begins), name, venue)
        or _one(_empty(begins, name), name, venue)
    )
    if found is None:
        raise UnsupportedFormat(_message(name, begins))
    return found


def may_be_of(venue: str, format_: known.Format) -> bool:
    """True if files in the format may be of the venue, or of one's own named after it."""
    return venue.startswith(format_.venue)


def _captures(head: Head) -> Sequence[known.Format]:
    lines = head.lines[:_FIRST_LINES]
    return [one for one in known.captures() if any(map(one.capture.begins.match, lines))]


def _headerless(head: Head) -> Sequence[known.Format]:
    """The formats that read most of the lines; of one venue the first of them."""
    counts = [(one, one.lines_read(head.lines)) for one in known.delimited()]
    most = max(count for _, count in counts)
    best: dict[str, known.Format] = {}
    for one, count in counts:
        if count and count == most:
            best.setdefault(one.venue, one)
    return list(best.values())


def _empty(head: Head, name: str) -> Sequence[known.Format]:
    """An empty file is a day without trades where its name says so and it needs no header."""
    if head.lines:
        return []
    return [
        one
        for one in known.venue_dumps()
        if one.dump.headerless and one.dump.file_name.search(name)
    ]


def _one(found: Sequence[F], name: str, venue: str) -> F | None:
    """The one format, None for none.

    Raises:
        UnsupportedFormat: there are several, and not one alone is of the venue.
    """
    if len(found) > 1:
        found = [one for one in found if may_be_of(venue, one)] or found
    if len(found) > 1:
        names = " and ".join(one.name for one in found)
        raise UnsupportedFormat(f"{name} looks like {names}: say which with --format")
    return found[0] if found else None


def _message(name: str, head: Head) -> str:
    names = ", ".join(known.formats())
    for start, other in known.other_headers().items():
        if tuple(head.fields[: len(start)]) == start:
            return f"{name} holds {other}, which cannot be imported yet; formats: {names}"
    what = f"begins with {head.first}" if head.lines else "is empty"
    return (
        f"{name} {what}, which is none of the formats {names}: say which with --format if you "
        "know it"
    )
