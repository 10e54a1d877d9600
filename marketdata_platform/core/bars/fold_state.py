"""What every fold over trades carries from call to call: the open bar, the last trade, and how a
state is stored.

Belongs here: the parts that all bar folds share. Does not: what one kind of bar adds (its own
file).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

import msgspec

from marketdata_platform.core.errors import InvalidInput

_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class OpenBar:
    """The bar that is not closed yet. Times are µs, prices and quantities ×10⁸, notional ×10¹⁶; all
    0 when empty.
    """

    ticks: int = 0
    start_us: int = 0
    end_us: int = 0
    open: int = 0
    high: int = 0
    low: int = 0
    close: int = 0
    volume: int = 0
    buy_volume: int = 0
    sell_volume: int = 0
    notional: int = 0


EMPTY_BAR = OpenBar()


def decimal_of(scaled: int, places: int = 8) -> Decimal:
    """The decimal that `scaled` counts in units of 10^-places, exactly (no context rounding)."""
    sign, digits = int(scaled < 0), tuple(int(c) for c in str(abs(scaled)))
    return Decimal((sign, digits, -places))


class StoredState:
    """A state (a dataclass of plain values) that is stored between two days."""

    __slots__ = ()

    def to_bytes(self) -> bytes:
        """The state as JSON: integers beyond 64 bits as text, floats in shortest exact form."""
        return msgspec.json.encode(_portable(msgspec.to_builtins(self)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The state that `to_bytes` wrote, equal in every field.

        Raises:
            InvalidInput: when the bytes are not such a state.
        """
        try:
            return msgspec.convert(msgspec.json.decode(data), cls, strict=False)
        except msgspec.MsgspecError as problem:
            raise InvalidInput(
                f"not a stored {cls.__name__}: {problem}; rebuild it from the series' start"
            ) from problem


def require_same_params(state: Any, params: Any) -> None:
    """Refuse to go on with a state that other parameters made.

    Raises:
        InvalidInput: when they differ.
    """
    if state.params != params:
        raise InvalidInput(
            f"the state was made with {state.params}, not {params}: start again without a state"
        )


def _portable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _portable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_portable(item) for item in value]
    if isinstance(value, int) and value not in _INT64:
        return str(value)
    return value
