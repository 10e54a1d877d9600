"""Venues' texts as the columns that all datasets have.

Belongs here: the digits that a price or a quantity may have. Does not: reading text
(core.text_numbers).
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from marketdata_platform.core.datasets.model import PRICE, QUANTITY
from marketdata_platform.core.datasets.raw_columns import RATE
from marketdata_platform.core.numbers.text_numbers import Numbers, Text, numbers


def price(texts: Sequence[Text | None]) -> Numbers:
    """Prices times 1e8."""
    return numbers(texts, digits=PRICE.precision)


def quantity(texts: Sequence[Text | None]) -> Numbers:
    """Quantities times 1e8."""
    return numbers(texts, digits=QUANTITY.precision)


def rate(texts: Sequence[Text | None]) -> Numbers:
    """Rates times 1e12."""
    return numbers(texts, scale=RATE.scale, digits=RATE.precision)


def ids(column: Numbers) -> pa.Array:
    """Whole numbers as text."""
    return pa.array(column.values).cast(pa.string())


def cut(texts: Sequence[str], most: int) -> pa.Array:
    """Texts of at most so many characters: ids are hostile input."""
    array = pa.array(texts, pa.string())
    longest = pc.max(pc.binary_length(array)).as_py() or 0
    return pc.utf8_slice_codeunits(array, 0, most) if longest > most else array
