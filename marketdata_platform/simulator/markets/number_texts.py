"""Whole ticks and lots as the decimal text that venues write.

Belongs here: the two ways of writing a number. Does not: messages.
"""

from __future__ import annotations

from decimal import Decimal


class NumberText:
    """Writes counts of `unit`: with `decimals` places, or as short as possible where that is None.

    Prices come again and again, so their texts are kept; `keep` bounds how many.
    """

    def __init__(self, unit: Decimal, decimals: int | None = None, *, keep: int = 4_096) -> None:
        exponent = unit.normalize().as_tuple().exponent
        assert isinstance(exponent, int)
        own = max(-exponent, 0)
        self.places = own if decimals is None else max(decimals, own)
        self._step = int(unit.scaleb(self.places))
        self._one = 10**self.places
        self._short = decimals is None
        self._kept: dict[int, bytes] = {}
        self._keep = keep

    def __call__(self, count: int) -> bytes:
        """The text of `count` units."""
        text = self._kept.get(count)
        if text is None:
            if len(self._kept) >= self._keep:
                self._kept.clear()
            text = self._kept[count] = self._written(count)
        return text

    def _written(self, count: int) -> bytes:
        value = count * self._step
        sign, value = ("-", -value) if value < 0 else ("", value)
        if not self.places:
            return f"{sign}{value}".encode()
        whole, fraction = divmod(value, self._one)
        text = f"{sign}{whole}.{fraction:0{self.places}d}"
        return (text.rstrip("0").rstrip(".") if self._short else text).encode()
