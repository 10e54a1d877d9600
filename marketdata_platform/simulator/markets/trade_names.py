"""Ids of trades where a venue does not number them plainly.

Belongs here: number to name, always the same. Does not: messages, names of one venue alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache


def uuid_names(market: str) -> Callable[[int], str]:
    """UUIDs of a market's trades, by their numbers."""

    @lru_cache(maxsize=1_024)
    def name(number: int) -> str:
        text = hashlib.blake2b(f"{market}:{number}".encode(), digest_size=16).hexdigest()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    return name
