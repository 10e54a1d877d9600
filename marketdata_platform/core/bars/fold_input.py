"""Trades as a fold takes them: checked, in order, signed, and not before those that its state has
seen.

Belongs here: the seam between `core/trades/trade_columns.py` and the folds of this folder. Does
not: bars.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.errors import TradesOutOfOrder
from marketdata_platform.core.trades.trade_columns import (
    TickRule,
    TradeColumns,
    signs,
    trade_columns,
)
from marketdata_platform.core.trades.trade_columns import Trades as Trades
from marketdata_platform.core.window import from_us

_NO_PRICE = TickRule()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a fold remembers of the trades so far: the tick rule and the last trade."""

    tick_rule: TickRule = _NO_PRICE
    last_us: int | None = None  # None: no trade yet
    last_number: int | None = None  # the last trade's id, where it is a number


NOTHING_SEEN = Seen()


@dataclass(frozen=True, slots=True)
class FoldInput:
    """Trades in trade order, their signs (+1, -1, 0) and what to remember after them."""

    columns: TradeColumns
    sign: npt.NDArray[np.int8]
    seen: Seen

    @property
    def arrays(
        self,
    ) -> tuple[
        npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int8]
    ]:
        """ts in µs, price and quantity ×10⁸, sign."""
        return self.columns.ts, self.columns.price, self.columns.quantity, self.sign


def fold_input(trades: Trades, seen: Seen) -> FoldInput:
    """Read `trades` (`trade_columns` says what they must look like) to go on after `seen`. Each row
    is one trade.

    Raises:
        TradesOutOfOrder: when the first of them comes before, or is, the last one seen.
        InvalidInput: when they cannot be read.
    """
    columns = trade_columns(trades)
    if not len(columns):
        return FoldInput(columns, columns.side, seen)
    first_us = int(columns.ts[0])
    if seen.last_us is not None:
        _require_later(first_us, _number(columns, 0), seen.last_us, seen.last_number)
    sign, tick_rule = signs(columns, seen.tick_rule)
    return FoldInput(columns, sign, Seen(tick_rule, int(columns.ts[-1]), _number(columns, -1)))


def _require_later(us: int, number: int | None, last_us: int, last_number: int | None) -> None:
    known = number is not None and last_number is not None
    if us > last_us or (us == last_us and not (known and number <= last_number)):  # type: ignore[operator]
        return
    first, last = (
        f"{from_us(us).isoformat()} (id {number})",
        f"{from_us(last_us).isoformat()} (id {last_number})",
    )
    raise TradesOutOfOrder(
        f"the first trade, {first}, is not after the last one in the state, {last}: "
        "fold each trade once and in trade order, or start again without a state"
    )


def _number(columns: TradeColumns, row: int) -> int | None:
    if columns.trade_id is None:
        return None
    text = str(columns.trade_id[row])
    return int(text) if text.isascii() and text.isdigit() else None
