"""REST answers that list instruments, to rows of `instruments`.

Belongs here: reading lists of JSON objects, and their fields as text. Does not: which field means
what (each venue's `instruments`), the rows (instrument_rows).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np

from marketdata_platform.venues.kit.instrument_rows import Listed, add_instruments
from marketdata_platform.venues.kit.reading import read_all
from marketdata_platform.venues.kit.rows import Decoded, MalformedFrame

_anything = msgspec.json.Decoder(float_hook=str)  # numbers as they were written


def add_lists(
    out: Decoded,
    bodies: Sequence[bytes],
    list_of: Callable[[Any], Any],
    name: str,
    build: Callable[[dict[str, Any]], Listed],
) -> None:
    """Add the instruments of answers: `list_of` finds the list in an answer, whatever JSON that is
    (None: it has none), `name` is the field of an entry that has its symbol.
    """
    numbers, answers = read_all(_read, bodies, out.reject)
    listed: list[Listed] = []
    frames: list[int] = []
    for number, answer in zip(numbers, answers, strict=True):
        entries = list_of(answer)
        if not isinstance(entries, list):
            out.reject(number, f"answer has no list of instruments: {str(answer)[:80]!a}")
            continue
        out.count("instruments")
        for entry in entries:
            if isinstance(entry, dict) and isinstance(entry.get(name), str):
                listed.append(build(entry))
                frames.append(number)
            else:
                out.reject(number, f"answer has an entry without {name}")
    add_instruments(out, listed, np.array(frames, np.int64))


def text(value: Any) -> str | None:
    """A text or whole number as text; None for what is neither, or empty."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return None
    return str(value)


def count(value: Any) -> int | None:
    """A whole number, also one written as text; None for what is none."""
    written = str(value)
    if not (written.isascii() and written.isdecimal() and len(written) < 19):
        return None
    return int(written)


def _read(body: bytes) -> Any:
    try:
        return _anything.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedFrame(f"answer is not JSON: {error}") from error
