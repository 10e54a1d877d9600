"""Replies of venues: small JSON objects beside the frames of channels.

Belongs here: reading one, and putting a complaint into one line. Does not: what a venue's reply
means (its folder).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from marketdata_platform.venues.stream_rules import Reply

_MOST_BYTES = 2**18  # the longest reply names every channel of a message
_MOST_SAID = 160
_anything = msgspec.json.Decoder().decode


def object_in(frame: bytes) -> dict[str, Any] | None:
    """The JSON object that a frame is; None: it is none, or too large for a reply."""
    if len(frame) > _MOST_BYTES:
        return None
    try:
        value = _anything(frame)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return value if isinstance(value, dict) else None


def number_in(value: Any) -> int | None:
    """The id of one of our messages, as number or text; None: it is none."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def one_line(complaint: Mapping[str, Any], *names: str) -> str:
    """What these fields of a complaint say, those that are empty left out."""
    text = " ".join(str(complaint[name]) for name in names if complaint.get(name))
    return "".join(c if c.isprintable() else " " for c in text)[:_MOST_SAID] or "no reason given"


def accepted(number: int | None, confirmed: tuple[str, ...] | None = None) -> Reply:
    """A message was taken, with all that it asked for or with the `confirmed` channels."""
    return Reply(number=number, confirmed=confirmed, refused=(), said="", answer=b"")


def complained(number: int | None, said: str) -> Reply:
    """A message was refused as a whole."""
    return Reply(number=number, confirmed=None, refused=(), said=said, answer=b"")
