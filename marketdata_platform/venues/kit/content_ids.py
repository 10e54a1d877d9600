"""Ids made of what a message says, for messages that the venue does not number.

Belongs here: time and content to one short text. Does not: venues' own ids. Two recordings of the
same message get the same id whatever else the frame holds, and two different messages of one moment
get different ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import Any

import msgspec


def content_ids(moments: Sequence[int], *columns: Sequence[Any]) -> list[str]:
    """`<time>:<16 hex digits of the values' hash>` per row; texts count as they were written."""
    raw = all(set(map(type, column)) == {msgspec.Raw} for column in columns)
    text_of: Callable[[Iterable[Any]], bytes] = b"\0".join if raw else _text
    return [
        f"{moment}:{blake2b(text_of(values), digest_size=8).hexdigest()}"
        for moment, *values in zip(moments, *columns, strict=True)  # one value per column
    ]


def _text(values: Iterable[Any]) -> bytes:
    return b"\0".join(
        v if isinstance(v, msgspec.Raw) else str(v).encode("utf-8", "replace") for v in values
    )
