"""Text to exact scaled integers and microseconds, with a reason where the text does not fit.

Belongs here: the one rule for what fits the store. Does not: bulk parsing, which obeys the same
rule (history).
"""

from __future__ import annotations

from decimal import Context, Decimal, InvalidOperation

from marketdata_platform.core.datasets.raw import MAX_QUANTITY

SCALE = 8
PRICE_LIMIT = 10**18  # DECIMAL(18,8): 18 digits, 8 of them decimals
QUANTITY_LIMIT = int(MAX_QUANTITY.replace(".", "")) + 1
INT64_LIMIT = 2**63
_MAX_TEXT = 64
_EXACT = Context(prec=4 * _MAX_TEXT)  # the default context rounds at 28 digits
_MS_FROM, _US_FROM, _NS_FROM = 10**11, 10**14, 10**17


class DoesNotFit(ValueError):
    """The value cannot be stored exactly; the message is the reason that goes into quarantine."""


def price_from_text(text: str) -> int:
    """A price times 1e8. Raises `DoesNotFit` unless it is above zero and has at most 10 + 8
    digits.
    """
    return _positive("price", text, PRICE_LIMIT, "a price has at most 10 digits before the point")


def quantity_from_text(text: str) -> int:
    """A quantity times 1e8. Raises `DoesNotFit` unless it is above zero and at most
    `MAX_QUANTITY`.
    """
    return _positive("quantity", text, QUANTITY_LIMIT, f"the largest quantity is {MAX_QUANTITY}")


def whole_from_text(what: str, text: str) -> int:
    """A whole number 0 ≤ n < 2^63 without leading zeros; raises `DoesNotFit`."""
    plain = text.isascii() and text.isdigit() and (text == "0" or not text.startswith("0"))
    if not plain or len(text) > 19 or int(text) >= INT64_LIMIT:
        raise DoesNotFit(f"{what} {text[:_MAX_TEXT]!r} is not a whole number")
    return int(text)


def us_from_epoch_count(what: str, count: int) -> int:
    """Microseconds from a count of ms, µs or ns since 1970, recognised by size (years 1973 to 5138
    are distinct).

    Binance spot dumps are in ms until 2024 and in µs since 2025-01; captures are in µs or ns.
    Nanoseconds are cut.
    """
    if _MS_FROM <= count < _US_FROM:
        return count * 1000
    if _US_FROM <= count < _NS_FROM:
        return count
    if _NS_FROM <= count < INT64_LIMIT:
        return count // 1000
    raise DoesNotFit(f"{what} {count} is not in ms, µs or ns since 1970")


def us_from_seconds_text(text: str) -> int:
    """Microseconds from seconds as decimal text, never through a float; digits beyond the µs are
    cut.
    """
    value = _decimal("time", text)
    microseconds = int(value.scaleb(6, _EXACT))
    if not _US_FROM <= microseconds < _NS_FROM:
        raise DoesNotFit(f"time {text[:_MAX_TEXT]!r} is not in seconds since 1970")
    return microseconds


def sequence_of(trade_id: str) -> int | None:
    """The trade id as a number where it is one below 2^63, else None."""
    try:
        return whole_from_text("trade id", trade_id)
    except DoesNotFit:
        return None


def _positive(what: str, text: str, limit: int, bound: str) -> int:
    whole, _, fraction = text.partition(".")
    if (
        whole.isdigit()
        and whole.isascii()
        and fraction.isascii()
        and (fraction.isdigit() or fraction == "")
    ):
        fraction = fraction.rstrip("0")
        if len(fraction) <= SCALE and len(whole) <= 19:
            return _in_range(what, text, int(whole + fraction.ljust(SCALE, "0")), limit, bound)
    scaled = _decimal(what, text).scaleb(SCALE, _EXACT)
    if scaled != scaled.to_integral_value():
        raise DoesNotFit(f"{what} {text[:_MAX_TEXT]!r} has more than {SCALE} decimals")
    return _in_range(what, text, int(scaled), limit, bound)


def _in_range(what: str, text: str, scaled: int, limit: int, bound: str) -> int:
    if scaled <= 0:
        raise DoesNotFit(f"{what} {text[:_MAX_TEXT]!r} is not above zero")
    if scaled >= limit:
        raise DoesNotFit(f"{what} {text[:_MAX_TEXT]!r} is too large: {bound}")
    return scaled


def _decimal(what: str, text: str) -> Decimal:
    if not text:
        raise DoesNotFit(f"{what} is empty")
    try:
        value = (
            Decimal(text) if len(text) <= _MAX_TEXT and text.isascii() and "_" not in text else None
        )
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite() or abs(value.adjusted()) > _MAX_TEXT:
        raise DoesNotFit(f"{what} {text[:_MAX_TEXT]!r} is not a number")
    return value
