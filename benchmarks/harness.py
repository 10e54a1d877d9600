"""What every benchmark shares: synthetic trades, contenders timed alternately in one process, a
Markdown table.

Belongs here: timing and making input. Does not: what is compared (bench_*.py). Timings on a shared
machine are noisy: contenders take turns, medians are shown, and ratios are what counts.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from marketdata_platform.core.numbers.decimal_words import decimal_series

DEFAULT_TRADES = 10_000_000
# Polars' allocator gives memory back in the background: the next contender must not pay.
_PAUSE_SECONDS = 0.1
_START_US = 1_700_006_400_000_000  # 2023-11-15 00:00 UTC


def arguments(description: str, trades: int = DEFAULT_TRADES, runs: int = 5) -> argparse.Namespace:
    """`--trades` and `--runs` of the command line; the environment's BENCH_TRADES and BENCH_RUNS
    are the defaults.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--trades", type=int, default=int(os.environ.get("BENCH_TRADES", trades)))
    parser.add_argument("--runs", type=int, default=int(os.environ.get("BENCH_RUNS", runs)))
    return parser.parse_args()


def make_trades(n: int, seed: int = 1, *, hours: float = 24.0) -> pl.DataFrame:
    """`n` trades over `hours`: ts_event, price, quantity, side, trade_id, as the platform stores
    them.

    Bursts share a microsecond, as one taker order that sweeps several makers does: about a third of
    the trades have the time of the one before. Prices walk on a tick of 0.1 around 28,000;
    quantities are log-normal on a step of 0.001; the side keeps through a burst. The same `n` and
    `seed` give the same frame.
    """
    rng = np.random.default_rng(seed)
    starts = rng.random(n) > 0.35
    starts[:1] = True
    orders = np.cumsum(starts) - 1
    takers = int(orders[-1]) + 1 if n else 0
    span_us = int(hours * 3_600_000_000)
    times = np.sort(rng.integers(0, span_us, takers)) + _START_US
    bought = rng.random(takers) < 0.5
    steps = np.where(starts, rng.integers(-1, 2, n), 0)
    ticks = 280_000 + np.cumsum(steps)
    lots = np.maximum(rng.lognormal(3.0, 1.6, n).astype(np.int64), 1)
    return pl.DataFrame(
        [
            pl.Series("ts_event", times[orders]).cast(pl.Datetime("us", "UTC")),
            decimal_series("price", ticks * 10_000_000, 8, 18),
            decimal_series("quantity", lots * 100_000, 8, 20),
            pl.select(
                pl.when(pl.Series(bought[orders])).then(pl.lit("buy")).otherwise(pl.lit("sell"))
            )
            .to_series()
            .alias("side"),
            pl.Series("trade_id", np.arange(3_500_000_000, 3_500_000_000 + n)).cast(pl.String),
        ]
    )


def as_floats(trades: pl.DataFrame) -> pl.DataFrame:
    """The same trades with Float64 prices and quantities."""
    return trades.with_columns(pl.col("price", "quantity").cast(pl.Float64))


def measure(contenders: Mapping[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """Median seconds of each contender over `runs` rounds in which they take turns; one round
    before does not count.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for round_number in range(runs + 1):
        for name, call in contenders.items():
            time.sleep(_PAUSE_SECONDS)
            begun = time.perf_counter()
            call()
            if round_number:
                seconds[name].append(time.perf_counter() - begun)
    return {name: statistics.median(values) for name, values in seconds.items()}


def table(title: str, seconds: Mapping[str, float], trades: int, baseline: str) -> str:
    """A Markdown table: ns per trade, and how many times faster than `baseline`."""
    lines = [f"### {title}", "", "| contender | ns per trade | times faster |", "|---|---:|---:|"]
    for name, value in seconds.items():
        lines.append(f"| {name} | {value / trades * 1e9:.2f} | {seconds[baseline] / value:.1f} |")
    return "\n".join(lines) + "\n"


def report(tables: Sequence[str]) -> None:
    """Print tables, and append them to the file that BENCH_OUTPUT names, if it does."""
    text = "\n".join(tables)
    print(text)
    path = os.environ.get("BENCH_OUTPUT")
    if path:
        with Path(path).open("a", encoding="utf-8") as out:
            out.write(text + "\n")
