"""Reading of a REST answer what paging needs: its entries, whole numbers in them, the venue's time.

Belongs here: JSON by paths of fields. Does not: rows (each venue's decode). Light: a gatherer loads
this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec


def read_json(body: bytes) -> Any:
    """The answer; None where it is no JSON."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def value_at(answer: Any, path: Sequence[str]) -> Any:
    """What the fields of `path` lead to; None where one of them is missing."""
    for name in path:
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer


def entries_at(body: bytes, path: Sequence[str]) -> list[dict[str, Any]]:
    """The objects in the list that `path` leads to; none where it leads to no list."""
    found = value_at(read_json(body), path)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def whole_numbers(found: Sequence[dict[str, Any]], field: str) -> list[int]:
    """The whole numbers `field` of entries, whether written as numbers or as text."""
    values = [entry.get(field) for entry in found]
    texts = [str(v) for v in values if isinstance(v, int | str) and not isinstance(v, bool)]
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 20]


def us_of_ms(value: Any) -> int | None:
    """Microseconds of a time in whole ms since 1970; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**15:
        return None
    return value * 1_000


def no_book_id(body: bytes) -> int | None:
    """For venues whose whole books are not polled."""
    return None
