"""Bars as DEFINITIONS.md words them, one trade at a time, with fractions: slow, and written without
the kernels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any, NamedTuple

EXACT = Context(prec=120)
UNIT = Decimal("1e-8")


class Trade(NamedTuple):
    """One trade; `ts` in µs since the epoch."""

    ts: int
    price: Decimal
    quantity: Decimal
    side: str


def signs(trades: Sequence[Trade]) -> list[int]:
    """The taker's side; by the tick rule when the venue gives none at all for a trade."""
    out: list[int] = []
    last_sign, last_price = 0, None
    for trade in trades:
        if last_price is not None and trade.price != last_price:
            last_sign = 1 if trade.price > last_price else -1
        last_price = trade.price
        out.append({"buy": 1, "sell": -1}.get(trade.side, last_sign))
    return out


@dataclass
class Open:
    """The trades of one bar."""

    parts: list[tuple[Trade, int]] = field(default_factory=list)

    def total(self, sign: int | None = None) -> Decimal:
        return _sum(t.quantity for t, b in self.parts if sign is None or b == sign)

    def notional(self) -> Decimal:
        return _sum(EXACT.multiply(t.price, t.quantity) for t, _ in self.parts)

    def head(self, index: int) -> dict[str, Any]:
        prices = [t.price for t, _ in self.parts]
        volume, quote = self.total(), self.notional()
        return {
            "bar_index": index,
            "start_time": self.parts[0][0].ts,
            "end_time": self.parts[-1][0].ts,
            "open": prices[0],
            "high": max(prices),
            "low": min(prices),
            "close": prices[-1],
            "volume": volume,
            "buy_volume": self.total(1),
            "sell_volume": self.total(-1),
            "quote_volume": quote,
            "vwap": half_even(Fraction(quote) / Fraction(volume), 12),
            "ticks": len(self.parts),
        }


def half_even(value: Fraction, places: int) -> Decimal:
    """`value` rounded half to even: Python's `round` of a Fraction does just that, exactly."""
    return Decimal(round(value * 10**places)).scaleb(-places, EXACT)


def _sum(values: Iterator[Decimal]) -> Decimal:
    total = Decimal(0)
    for value in values:
        total = EXACT.add(total, value)
    return total


def measure(kind: str, trade: Trade) -> Decimal:
    """|x| of one trade with a sign."""
    if kind == "tick":
        return Decimal(1)
    return trade.quantity if kind == "volume" else EXACT.multiply(trade.price, trade.quantity)


def alpha(span: int) -> float:
    """The weight of the newest value."""
    return 2.0 / (span + 1.0)


def ema(weight: float, x: float, mean: float) -> float:
    """One step, in the order of the definition."""
    return weight * x + (1.0 - weight) * mean


def imbalance_bars(trades: Sequence[Trade], p: Any) -> list[dict[str, Any]]:
    """AFML 2.3.2.1 with clipping."""
    rows: list[dict[str, Any]] = []
    bar, theta, expected_x, expected_t, threshold = Open(), Decimal(0), 0.0, 0.0, None
    for trade, b in zip(trades, signs(trades), strict=True):
        x = EXACT.multiply(Decimal(b), measure(p.kind, trade))
        bar.parts.append((trade, b))
        theta = EXACT.add(theta, x)
        ticks = len(bar.parts)
        closed_by = None
        if threshold is None:
            if ticks == p.expected_ticks:
                closed_by = "warmup"
                expected_x, expected_t = float(theta) / ticks, float(ticks)
        else:
            expected_x = ema(alpha(p.span_ticks), float(x), expected_x)
            if ticks >= p.min_ticks and float(theta.copy_abs()) >= threshold:
                closed_by = "imbalance"
            elif ticks >= p.max_ticks:
                closed_by = "max_ticks"
        if closed_by is None:
            continue
        expected_t = min(
            max(ema(alpha(p.span_bars), float(ticks), expected_t), float(p.min_ticks)),
            float(p.max_ticks),
        )
        tail = {
            "imbalance": theta if p.kind != "tick" else int(theta),
            "threshold": threshold,
            "expected_ticks": expected_t,
            "expected_imbalance": expected_x,
            "closed_by": closed_by,
        }
        rows.append(bar.head(len(rows)) | tail)
        threshold = expected_t * abs(expected_x)
        bar, theta = Open(), Decimal(0)
    return rows


def run_bars(trades: Sequence[Trade], p: Any) -> list[dict[str, Any]]:
    """AFML 2.3.2.2 by analogy: one-sided sums and one-sided expectations per trade."""
    rows: list[dict[str, Any]] = []
    bar, sums, means, expected_t, threshold = (
        Open(),
        {1: Decimal(0), -1: Decimal(0)},
        {1: 0.0, -1: 0.0},
        0.0,
        None,
    )
    for trade, b in zip(trades, signs(trades), strict=True):
        size = measure(p.kind, trade)
        bar.parts.append((trade, b))
        ticks = len(bar.parts)
        for side in (1, -1):
            if b == side:
                sums[side] = EXACT.add(sums[side], size)
            if threshold is not None:
                means[side] = ema(
                    alpha(p.span_ticks), float(size) if b == side else 0.0, means[side]
                )
        run = max(sums.values())
        closed_by = None
        if threshold is None:
            if ticks == p.expected_ticks:
                closed_by = "warmup"
                means, expected_t = {side: float(sums[side]) / ticks for side in sums}, float(ticks)
        elif ticks >= p.min_ticks and float(run) >= threshold:
            closed_by = "run"
        elif ticks >= p.max_ticks:
            closed_by = "max_ticks"
        if closed_by is None:
            continue
        expected_t = min(
            max(ema(alpha(p.span_bars), float(ticks), expected_t), float(p.min_ticks)),
            float(p.max_ticks),
        )
        tail = {
            "run": run if p.kind != "tick" else int(run),
            "threshold": threshold,
            "expected_ticks": expected_t,
            "expected_run": max(means.values()),
            "closed_by": closed_by,
        }
        rows.append(bar.head(len(rows)) | tail)
        threshold = expected_t * max(means.values())
        bar, sums = Open(), {1: Decimal(0), -1: Decimal(0)}
    return rows


def fixed_bars(trades: Sequence[Trade], kind: str, size: Decimal) -> list[dict[str, Any]]:
    """A bar closes with the trade that brings the sum to `size`."""
    rows: list[dict[str, Any]] = []
    bar, total = Open(), Decimal(0)
    for trade, b in zip(trades, signs(trades), strict=True):
        bar.parts.append((trade, b))
        total = EXACT.add(total, measure(kind, trade))
        if total >= size:
            rows.append(bar.head(len(rows)))
            bar, total = Open(), Decimal(0)
    return rows


class Element(NamedTuple):
    """What buckets are filled with: a trade, or a time bar whose volume is split by `share`."""

    start: int
    end: int
    day: int
    prices: tuple[Decimal, Decimal, Decimal, Decimal]
    quantity: Decimal
    sign: int
    share: Fraction | None


def trade_elements(trades: Sequence[Trade]) -> Iterator[Element]:
    """Each trade as it is."""
    for t, b in zip(trades, signs(trades), strict=True):
        yield Element(t.ts, t.ts, t.ts // 86_400_000_000, (t.price,) * 4, t.quantity, b, None)


def bar_elements(trades: Sequence[Trade], interval: timedelta) -> Iterator[Element]:
    """Time bars that a later trade has completed, with Φ(Δp/σ) of the changes so far, this one
    included.
    """
    width = interval // timedelta(microseconds=1)
    changes: list[Fraction] = []
    held: list[Trade] = []
    previous_close: Decimal | None = None
    for trade in trades:
        if held and trade.ts // width != held[0].ts // width:
            prices = [t.price for t in held]
            share = 0.5
            if previous_close is not None:
                changes.append(Fraction(prices[-1]) - Fraction(previous_close))
                share = bulk_share(changes)
            previous_close = prices[-1]
            ohlc = (prices[0], max(prices), min(prices), prices[-1])
            day = held[0].ts // 86_400_000_000
            volume = _sum(t.quantity for t in held)
            yield Element(held[0].ts, trade.ts, day, ohlc, volume, 0, Fraction(share))
            held = []
        held.append(trade)


def bulk_share(changes: Sequence[Fraction]) -> float:
    """Φ of the last change in units of the sample standard deviation of all of them."""
    if len(changes) < 2 or changes[-1] == 0:
        return 0.5
    mean = sum(changes) / len(changes)
    variance = sum((c - mean) ** 2 for c in changes) / (len(changes) - 1)
    if variance == 0:
        return 0.5
    z = float(changes[-1]) / math.sqrt(variance)
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def vpin_buckets(
    elements: Iterator[Element],
    bucket_volume: Decimal | None,
    window: int,
    first: Decimal | None = None,
) -> list[dict[str, Any]]:
    """Buckets filled piece by piece; `bucket_volume` None means the previous day's volume / 50."""
    rows: list[dict[str, Any]] = []
    ratios: list[Fraction] = []
    size = bucket_volume if bucket_volume is not None else first
    day, day_volume = None, Decimal(0)
    bucket: dict[str, Any] = {}
    for e in elements:
        if bucket_volume is None and day is not None and e.day != day:
            size = max(UNIT, Decimal(int(day_volume / 50 / UNIT)) * UNIT)
            day_volume = Decimal(0)
        day, day_volume = e.day, day_volume + e.quantity
        done = Decimal(0)
        while size is not None and done < e.quantity:
            if not bucket:
                bucket = {
                    "start_time": e.start,
                    "V": size,
                    "open": e.prices[0],
                    "high": e.prices[1],
                    "low": e.prices[2],
                }
                bucket |= {
                    "volume": Decimal(0),
                    "buy_volume": Decimal(0),
                    "sell_volume": Decimal(0),
                    "ticks": 0,
                }
            part = min(bucket["V"] - bucket["volume"], e.quantity - done)
            buy, sell = split(e, done, part)
            bucket["volume"] += part
            bucket["buy_volume"] += buy
            bucket["sell_volume"] += sell
            bucket["ticks"] += 1
            bucket["high"], bucket["low"] = (
                max(bucket["high"], e.prices[1]),
                min(bucket["low"], e.prices[2]),
            )
            bucket |= {"close": e.prices[3], "end_time": e.end}
            done += part
            if bucket["volume"] == bucket["V"]:
                imbalance = abs(bucket["buy_volume"] - bucket["sell_volume"])
                ratios.append(Fraction(imbalance) / Fraction(bucket.pop("V")))
                bucket |= {"bucket_index": len(rows), "imbalance": imbalance}
                bucket["unsigned_volume"] = (
                    bucket["volume"] - bucket["buy_volume"] - bucket["sell_volume"]
                )
                bucket["vpin"] = (
                    float(sum(ratios[-window:]) / window) if len(ratios) >= window else None
                )
                rows.append(bucket)
                bucket = {}
    return rows


def split(e: Element, done: Decimal, part: Decimal) -> tuple[Decimal, Decimal]:
    """Buy and sell volume of the piece [done, done + part) of an element."""
    if e.share is None:
        return (part if e.sign == 1 else Decimal(0)), (part if e.sign == -1 else Decimal(0))
    upto = [math.floor(e.share * Fraction(v) / Fraction(UNIT)) * UNIT for v in (done, done + part)]
    return upto[1] - upto[0], part - (upto[1] - upto[0])


def quantized(value: Decimal, places: int) -> Decimal:
    """`value` with exactly `places` decimals."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN, context=EXACT)
