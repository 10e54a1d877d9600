"""Sides of books, as raw JSON, to columns of levels.

Belongs here: many sides at once, exactly. Does not: what an event is (venues), the book itself
(book.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from marketdata_platform.core.numbers.text_numbers import BAD, OK, Numbers, numbers

Bytes = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]
PRICE_LIMIT = 10**18

_side = msgspec.json.Decoder(list[list[msgspec.Raw]])


@dataclass(slots=True)
class Levels:
    """Levels of many sides, one after the other: `count[i]` levels belong to side i. Values are
    times 1e8.
    """

    price: Int64s
    quantity: Int64s
    count: Int64s
    bad: dict[int, str]  # side → why it is not kept; its count is 0


def levels(sides: Sequence[msgspec.Raw]) -> Levels:
    """Read JSON arrays of `[price, quantity]`, quoted or not, with or without a word in front
    (`["new", 1.5, 2]`).

    A missing side (empty, or `null`) has no levels.
    """
    bounds = np.zeros(len(sides) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, sides), np.int64, len(sides)) + 1, out=bounds[1:])
    buffer = np.frombuffer(b"\0".join(sides) + b"\0", np.uint8)
    return levels_in(buffer, bounds[:-1], bounds[1:] - 1, lambda: sides)


def levels_in(
    buffer: Bytes, begin: Int64s, end: Int64s, sides: Callable[[], Sequence[msgspec.Raw]]
) -> Levels:
    """As `levels`, of sides that stand at `begin` to `end` in a buffer; `sides` gives them one by
    one.
    """
    from marketdata_platform.core.numbers.number_kernels import count_byte, read_levels

    most = count_byte(buffer, begin, end, ord("["))
    price, quantity = np.zeros(most, np.int64), np.zeros(most, np.int64)
    count, state = np.zeros(len(begin), np.int64), np.zeros(len(begin), np.int8)
    found = read_levels(buffer, begin, end, price, quantity, count, state)
    _mark_too_large(price[:found], count, state)
    if (state == OK).all():
        return Levels(price[:found], quantity[:found], count, {})
    return _one_by_one(sides())


_NO_LEVEL = [msgspec.Raw(b"?"), msgspec.Raw(b"?")]


def _mark_too_large(price: Int64s, count: Int64s, state: npt.NDArray[np.int8]) -> None:
    for row in np.flatnonzero(np.abs(price) >= PRICE_LIMIT).tolist():
        state[np.searchsorted(np.cumsum(count), row, side="right")] = BAD


def _one_by_one(sides: Sequence[msgspec.Raw]) -> Levels:
    """The slow path: exponents, values that do not fit, and whatever else."""
    prices: list[Int64s] = []
    quantities: list[Int64s] = []
    count = np.zeros(len(sides), np.int64)
    bad: dict[int, str] = {}
    for row, side in enumerate(sides):
        found = _side_of(side)
        if isinstance(found, str):
            bad[row] = found
            continue
        price, quantity = found
        prices.append(price)
        quantities.append(quantity)
        count[row] = len(price)
    return Levels(_chained(prices), _chained(quantities), count, bad)


def _side_of(side: msgspec.Raw) -> tuple[Int64s, Int64s] | str:
    """Prices and quantities of one side, or what is wrong with it."""
    try:
        pairs = _side.decode(side) if bytes(side) not in (b"", b"null") else []
    except (msgspec.DecodeError, RecursionError) as error:
        return f"levels: {error}"
    # A level's last two values; before them may stand a word that says what changed.
    whole = [pair if len(pair) in (2, 3) else _NO_LEVEL for pair in pairs]
    price = numbers([pair[-2] for pair in whole], digits=18)
    quantity = numbers([pair[-1] for pair in whole])
    return _problem(price, quantity) or (price.values, quantity.values)


def _problem(price: Numbers, quantity: Numbers) -> str:
    for reason in price.reasons.values():
        return f"price {reason}"
    for reason in quantity.reasons.values():
        return f"quantity {reason}"
    if quantity.wide is not None or (price.state != OK).any() or (quantity.state != OK).any():
        return "a level lacks its price or quantity, or is too large"
    return ""


def _chained(parts: list[Int64s]) -> Int64s:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)
