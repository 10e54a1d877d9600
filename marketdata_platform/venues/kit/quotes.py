"""What is computed for a quote: spread, middle and imbalance, exactly.

Belongs here: the three formulas, over columns of scaled integers. Does not: where quotes come from.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from marketdata_platform.core.numbers.text_numbers import NULL, OK, Numbers


def with_computed(columns: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """`bid_price`, `bid_quantity`, `ask_price`, `ask_quantity` (times 1e8), and the columns
    computed from them.

    A side whose quantity is 0 and one whose price is 0 without a quantity have no orders: both
    become null.
    """
    bid, bid_size = _side(columns["bid_price"], columns["bid_quantity"])
    ask, ask_size = _side(columns["ask_price"], columns["ask_quantity"])
    both = _both(bid, ask)
    return {
        "bid_price": bid,
        "bid_quantity": bid_size,
        "ask_price": ask,
        "ask_quantity": ask_size,
        "spread": Numbers(ask.values - bid.values, both),
        "mid": Numbers((ask.values + bid.values) * 5, both),  # nine decimals: half of eight
        "imbalance": _imbalance(bid_size, ask_size),
    }


def _side(price: Numbers, quantity: Numbers) -> tuple[Numbers, Numbers]:
    empty = (quantity.state == OK) & (quantity.values == 0) & ~quantity.too_wide
    empty |= (price.state == OK) & (price.values == 0) & (quantity.state == NULL)
    if not empty.any():
        return price, quantity
    return tuple(  # type: ignore[return-value]
        Numbers(
            c.values, np.where(empty & (c.state == OK), np.int8(NULL), c.state), c.reasons, c.wide
        )
        for c in (price, quantity)
    )


def _both(left: Numbers, right: Numbers) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    return np.where((left.state == OK) & (right.state == OK), np.int8(OK), np.int8(NULL))


def _imbalance(bid: Numbers, ask: Numbers) -> Numbers:
    from marketdata_platform.core.numbers.number_kernels import read_imbalances

    state = _both(bid, ask)
    state[bid.too_wide | ask.too_wide | (bid.values < 0) | (ask.values < 0)] = NULL
    column = Numbers(np.zeros(len(state), np.int64), state)
    read_imbalances(bid.values, ask.values, state, column.values)
    return column
