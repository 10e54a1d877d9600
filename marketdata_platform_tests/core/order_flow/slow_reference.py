"""Order flow as DEFINITIONS.md words it, one trade or candle at a time: slow, and written without
the kernels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from marketdata_platform.core.window import from_us, to_us
from marketdata_platform_tests.core.bars.slow_reference import EXACT, Trade, signs

UNIT = Decimal("1e-8")
DAY = timedelta(days=1)
_LENGTHS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Candle(NamedTuple):
    """One candle; `ts` is its open time in µs."""

    ts: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


def total(values: Any) -> Decimal:
    out = Decimal("0E-8")
    for value in values:
        out = EXACT.add(out, value)
    return out


def window_of(ts: int, interval: str) -> int:
    moment = from_us(ts)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if interval == "1M":
        return to_us(midnight.replace(day=1))
    if interval == "1w":
        return to_us(midnight - midnight.weekday() * DAY)
    length = int(interval[:-1]) * _LENGTHS[interval[-1]] * 1_000_000
    return ts - ts % length


def order_flow_rows(trades: Sequence[Trade], interval: str) -> list[dict[str, Any]]:
    windows: dict[int, list[tuple[Trade, int]]] = defaultdict(list)
    for trade, b in zip(trades, signs(trades), strict=True):
        windows[window_of(trade.ts, interval)].append((trade, b))
    rows, seen = [], []
    for start, inside in windows.items():
        seen += inside
        last_day = from_us(inside[-1][0].ts).date()
        buy, sell = (total(t.quantity for t, b in inside if b == side) for side in (1, -1))
        both = EXACT.add(buy, sell)
        rows.append(
            {
                "interval": interval,
                "open_time": from_us(start),
                "volume": total(t.quantity for t, _ in inside),
                "buy_volume": buy,
                "sell_volume": sell,
                "delta": EXACT.subtract(buy, sell),
                "cvd": total(t.quantity * b for t, b in seen),
                "cvd_session": total(
                    t.quantity * b for t, b in seen if from_us(t.ts).date() == last_day
                ),
                "imbalance_ratio": _scaled(buy) / _scaled(sell) if sell else None,
                "imbalance": _scaled(EXACT.subtract(buy, sell)) / _scaled(both) if both else None,
                "trades": len(inside),
                "buy_trades": sum(b == 1 for _, b in inside),
                "sell_trades": sum(b == -1 for _, b in inside),
                "largest_trade": max(t.quantity for t, _ in inside),
            }
        )
    return rows


def _scaled(value: Decimal) -> float:
    return float(int(EXACT.divide(value, UNIT)))


def floored(price: Decimal, tick: Decimal | None) -> Decimal:
    return (
        price if tick is None else EXACT.multiply(Decimal(Fraction(price) // Fraction(tick)), tick)
    )


def level_rows(
    trades: Sequence[Trade], interval: str, tick: Decimal | None
) -> dict[tuple[int, Decimal], list[tuple[Decimal, int]]]:
    """(quantity, sign) of each trade by (window start, level), sorted."""
    levels: dict[tuple[int, Decimal], list[tuple[Decimal, int]]] = defaultdict(list)
    for trade, b in zip(trades, signs(trades), strict=True):
        levels[window_of(trade.ts, interval), floored(trade.price, tick)].append(
            (trade.quantity, b)
        )
    return dict(sorted(levels.items()))


def footprint_rows(
    trades: Sequence[Trade], interval: str, tick: Decimal | None
) -> list[dict[str, Any]]:
    rows = []
    for (start, level), inside in level_rows(trades, interval, tick).items():
        buy, sell = (total(q for q, b in inside if b == side) for side in (1, -1))
        rows.append(
            {
                "interval": interval,
                "open_time": from_us(start),
                "price_level": level,
                "volume": total(q for q, _ in inside),
                "buy_volume": buy,
                "sell_volume": sell,
                "delta": EXACT.subtract(buy, sell),
                "trades": len(inside),
            }
        )
    return rows


def dense_value_area(volumes: Sequence[Decimal], share: Decimal) -> tuple[int, int, int]:
    """(POC, VAL, VAH) as places in a gapless list of levels, zero where nothing traded; both ends
    traded.
    """
    middle = Fraction(len(volumes) - 1, 2)
    poc = min(range(len(volumes)), key=lambda k: (-volumes[k], abs(k - middle), k))
    low = high = poc
    inside, everything = volumes[poc], total(volumes)
    while inside < EXACT.multiply(everything, share):
        above = volumes[high + 1] if high + 1 < len(volumes) else None
        below = volumes[low - 1] if low > 0 else None
        if above is not None and (below is None or above >= below):
            high, inside = high + 1, EXACT.add(inside, above)
        else:
            assert below is not None
            low, inside = low - 1, EXACT.add(inside, below)
    return poc, low, high


def gap_rows(
    candles: Sequence[Candle], length: timedelta, least: Decimal = Decimal(0), life: timedelta = DAY
) -> list[dict[str, Any]]:
    """Every gap ever found, as it stands after the last candle."""
    rows: list[dict[str, Any]] = []
    for k, candle in enumerate(candles):
        closed = from_us(candle.ts) + length
        for row in rows:
            if row["status"] in ("open", "partial"):
                _fill(row, candle, closed)
        if k < 2:
            continue
        before = candles[k - 2]
        for direction, lower, upper in (
            ("bullish", before.high, candle.low),
            ("bearish", candle.high, before.low),
        ):
            if upper > lower and upper - lower >= least:
                rows.append(
                    {
                        "detected_at": closed,
                        "direction": direction,
                        "lower": lower,
                        "upper": upper,
                        "size": upper - lower,
                        "filled_fraction": 0.0,
                        "status": "open",
                        "touched_at": None,
                        "filled_at": None,
                        "expires_at": closed + life,
                    }
                )
    return rows


def _fill(row: dict[str, Any], candle: Candle, closed: Any) -> None:
    if closed <= row["expires_at"]:
        bullish = row["direction"] == "bullish"
        depth = row["upper"] - candle.low if bullish else candle.high - row["lower"]
        if depth > 0:
            fraction = min(1.0, _scaled(depth) / _scaled(row["size"]))
            row["touched_at"] = row["touched_at"] or closed
            row["filled_fraction"] = max(row["filled_fraction"], fraction)
            row["status"] = "partial"
            if depth >= row["size"]:
                row |= {"status": "filled", "filled_at": closed}
                return
    if closed >= row["expires_at"]:
        row["status"] = "expired"


def atr(candles: Sequence[Candle], period: int) -> list[float | None]:
    out: list[float | None] = []
    ranges: list[float] = []
    value = None
    for k, c in enumerate(candles):
        if k:
            previous = float(candles[k - 1].close)
            ranges.append(
                max(
                    float(c.high) - float(c.low),
                    abs(previous - float(c.high)),
                    abs(previous - float(c.low)),
                )
            )
            if len(ranges) == period:
                value = sum(ranges) / period
            elif value is not None:
                value = (value * (period - 1) + ranges[-1]) / period
        out.append(value)
    return out


def zone_rows(candles: Sequence[Candle], length: timedelta, **params: Any) -> list[dict[str, Any]]:
    """Every zone ever found, as it stands after the last candle."""
    period, base_max, most = (
        params.get("atr_period", 14),
        params.get("base_max", 6),
        params.get("max_live", 50),
    )
    base_range, departure = params.get("base_range", 0.8), params.get("departure_body", 1.5)
    rows: list[dict[str, Any]] = []
    base: list[Candle] = []
    for candle, average in zip(candles, atr(candles, period), strict=True):
        closed = from_us(candle.ts) + length
        for row in rows:
            if row["status"] in ("fresh", "tested"):
                _judge(row, candle, closed)
        body, span = (
            float(int(v / UNIT)) / 1e8
            for v in (abs(candle.close - candle.open), candle.high - candle.low)
        )
        if average is None:
            continue
        if base and body and body >= departure * average:
            up = candle.close > candle.open
            used = base[-base_max:]
            rows.append(_zone(used, closed, "demand" if up else "supply", body / average))
            live = [row for row in rows if row["status"] in ("fresh", "tested")]
            if len(live) > most:
                min(live, key=lambda row: row["strength"])["status"] = "dropped"
            base = []
        else:
            base = [*base, candle] if span <= base_range * average else []
    return rows


def _zone(base: list[Candle], closed: Any, kind: str, strength: float) -> dict[str, Any]:
    return {
        "detected_at": closed,
        "kind": kind,
        "lower": min(c.low for c in base),
        "upper": max(c.high for c in base),
        "base_start": from_us(base[0].ts),
        "base_candles": len(base),
        "strength": strength,
        "status": "fresh",
        "tested_at": None,
        "broken_at": None,
    }


def _judge(row: dict[str, Any], candle: Candle, closed: Any) -> None:
    if row["tested_at"] is None and candle.low <= row["upper"] and candle.high >= row["lower"]:
        row |= {"tested_at": closed, "status": "tested"}
    far = candle.close < row["lower"] if row["kind"] == "demand" else candle.close > row["upper"]
    if far:
        row |= {"broken_at": closed, "status": "broken"}
