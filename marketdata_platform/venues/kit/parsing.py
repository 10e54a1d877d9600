"""Venues' texts as the columns that all datasets have.

Belongs here: the digits that a price or a quantity may have. Does not: reading text
(core.text_numbers).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from marketdata_platform.core.datasets.model import NOTIONAL, PRICE, QUANTITY
from marketdata_platform.core.datasets.raw_columns import RATE
from marketdata_platform.core.numbers.text_numbers import Numbers, Text, numbers

# By column: the events' field, and how its values are read.
Fields: TypeAlias = Mapping[str, tuple[str, Callable[[Sequence[Any]], Any]]]


def price(texts: Sequence[Text | None]) -> Numbers:
    """Prices times 1e8."""
    return numbers(texts, digits=PRICE.precision)


def quantity(texts: Sequence[Text | None]) -> Numbers:
    """Quantities times 1e8."""
    return numbers(texts, digits=QUANTITY.precision)


def rate(texts: Sequence[Text | None]) -> Numbers:
    """Rates times 1e12."""
    return numbers(texts, scale=RATE.scale, digits=RATE.precision)


def amount(texts: Sequence[Text | None]) -> Numbers:
    """Sums of quantities times 1e8."""
    return numbers(texts)


def notional(texts: Sequence[Text | None]) -> Numbers:
    """Sums of price times quantity, times 1e16."""
    return numbers(texts, scale=NOTIONAL.scale)


def columns_of(events: Sequence[Any], fields: Fields) -> dict[str, Any]:
    """Columns by name, each of a field of events, read as `fields` says."""
    return {
        name: read(list(map(attrgetter(field), events))) for name, (field, read) in fields.items()
    }


def ids(column: Numbers) -> pa.Array:
    """Whole numbers as text."""
    return pa.array(column.values).cast(pa.string())


def cut(texts: Sequence[str], most: int) -> pa.Array:
    """Texts of at most so many characters: ids are hostile input."""
    array = pa.array(texts, pa.string())
    longest = pc.max(pc.binary_length(array)).as_py() or 0
    return pc.utf8_slice_codeunits(array, 0, most) if longest > most else array
