"""Frames that begin with their type, `{"type":"…"`: recognised and read by one rule.

Belongs here: the rule. Does not: any venue's messages (its streams), batches (kinds).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from marketdata_platform.venues.kit.kinds import UNREADABLE, Form, Frames
from marketdata_platform.venues.kit.rows import MalformedFrame

_TYPE = b'{"type":"'


class _Any(msgspec.Struct, gc=False):
    type: str = ""


_any = msgspec.json.Decoder(_Any)


def typed_frames(
    names: Mapping[type, str], known: Any, unknown: Callable[[str], Any], venue: str
) -> Frames:
    """How such frames are read.

    Args:
        names: shape, tagged by the field `type` → its name there.
        known: the union of the shapes.
        unknown: what a message of another type becomes, by its type.
        venue: whose messages they are, for the reason of a refusal.
    """
    forms = {
        name.encode(): Form(kind=kind, decode=msgspec.json.Decoder(kind).decode)
        for kind, name in names.items()
    }
    decode_known = msgspec.json.Decoder(known).decode

    def form_of(head: bytes) -> Form | None:
        name, quote, _ = head[len(_TYPE) :].partition(b'"')
        return forms.get(name) if quote and head.startswith(_TYPE) else None

    def read(frame: bytes) -> Any:
        try:
            return decode_known(frame)
        except UNREADABLE as error:
            reason = str(error)
        try:
            kind = _any.decode(frame).type
        except UNREADABLE as error:
            raise MalformedFrame(f"frame is not a {venue} message: {error}") from error
        if kind in names.values():
            raise MalformedFrame(f"{kind} frame: {reason}")
        return unknown(kind[:40] if kind and kind.isprintable() else "untyped")

    head_bytes = len(_TYPE + max(forms, key=len)) + 1
    return Frames(head_bytes=head_bytes, form_of=form_of, read=read, kind_of=type)
