"""A message made unreadable, or odd, on its way.

Belongs here: bytes in, worse bytes out. Does not: when that happens (client_session). What is
called corrupt can never be read as another message: digits stay as they are, a quote or brace
breaks.
"""

from __future__ import annotations

import random

_NEW = b'"zzNewField":{"list":[1,{"deep":null}],"text":"\\u00e9"}'


def spoiled(payload: bytes, draw: random.Random) -> bytes:
    """A message cut short, with a broken byte, or noise instead of it."""
    kind = draw.randrange(3)
    if kind == 0 or payload.count(b'"') == 0:
        return payload[: draw.randrange(1, max(len(payload), 2))]
    if kind == 1:
        quotes = [at for at, byte in enumerate(payload) if byte == 0x22]
        at = draw.choice(quotes)
        return payload[:at] + b"\xa2" + payload[at + 1 :]
    return bytes(draw.randrange(128, 256) for _ in range(draw.randrange(1, 64)))


def with_new_fields(payload: bytes) -> bytes:
    """The message with a field more in its outer object, and in the last inner one that ends
    there.
    """
    if not payload.endswith(b"}"):
        return payload
    inner = payload[:-2] + b"," + _NEW + b"}" if payload.endswith(b"}}") else payload[:-1]
    return inner + b"," + _NEW + b"}"


def deeply_nested(levels: int) -> bytes:
    """An array in an array in an array."""
    return b'{"stream":"nested","data":' + b"[" * levels + b"]" * levels + b"}"
