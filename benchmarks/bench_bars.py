"""Imbalance bars, run bars and VPIN, frame in and frame out, and bare kernels; named alternatives
where installed.

mlfinpy and RiskLabAI pin older NumPy than the platform uses, so they live in an environment of
their own (see requirements.txt); BENCH_ALTERNATIVES_PYTHON names its interpreter. They run on fewer
trades and are reported per trade.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.harness import arguments, make_trades, measure, report, table
from marketdata_platform.core.bars import (
    FixedParams,
    ImbalanceParams,
    VpinParams,
    fixed_bars,
    imbalance_bars,
    run_bars,
    vpin_buckets,
)
from marketdata_platform.core.bars.bar_frame import ROWS_PER_CHUNK
from marketdata_platform.core.bars.bar_words import BAR_WORDS
from marketdata_platform.core.bars.fold_input import NOTHING_SEEN, FoldInput, fold_input
from marketdata_platform.core.bars.kernels import imbalance as _imbalance_kernel
from marketdata_platform.core.bars.kernels import vpin

KINDS = ("tick", "volume", "dollar")
ALTERNATIVE_TRADES = 100_000


def bare_imbalance(given: FoldInput, kind: str) -> Callable[[], object]:
    """The loop alone, over arrays that are ready."""
    rows, floats = (
        np.empty((ROWS_PER_CHUNK, _imbalance_kernel.ROW_WORDS), np.int64),
        np.empty((ROWS_PER_CHUNK, 3)),
    )
    settings = ImbalanceParams(kind).settings

    def run() -> object:
        state = (
            np.zeros(BAR_WORDS + 1, np.int64),
            np.zeros(2, np.int64),
            np.array([0.0, 0.0, np.nan]),
        )
        return _imbalance_kernel.fold(settings, *given.arrays, 0, state, (rows, floats))

    return run


def bare_vpin(given: FoldInput, volume: Decimal) -> Callable[[], object]:
    """The loop alone, over arrays that are ready."""
    rows, floats = (
        np.empty((ROWS_PER_CHUNK, vpin.ROW_WORDS), np.int64),
        np.empty((ROWS_PER_CHUNK, 1)),
    )

    def run() -> object:
        bar, pool = np.zeros(BAR_WORDS + 1, np.int64), np.zeros(vpin.POOL_WORDS, np.int64)
        pool[vpin.NEXT] = int(volume * 10**8)
        return vpin.fold(
            (0, 10**7, 0), *given.arrays, 0, bar, pool, np.zeros(50, np.int64), rows, floats
        )

    return run


def bar_table(trades: pl.DataFrame, runs: int) -> str:
    """Every event bar by its public function, and two bare loops."""
    given = fold_input(trades, NOTHING_SEEN)
    volume = (sum(trades["quantity"].to_list()[:1_000_000], Decimal(0)) / 1000).quantize(
        Decimal("0.001")
    )
    contenders: dict[str, Callable[[], object]] = {}
    for kind in KINDS:
        contenders[f"{kind} imbalance bars"] = lambda kind=kind: imbalance_bars(
            trades, ImbalanceParams(kind)
        )
        contenders[f"{kind} imbalance bars, bare kernel"] = bare_imbalance(given, kind)
    contenders["dollar run bars"] = lambda: run_bars(trades, ImbalanceParams("dollar"))
    contenders["dollar bars"] = lambda: fixed_bars(trades, FixedParams("dollar", 10_000_000))
    contenders["VPIN"] = lambda: vpin_buckets(trades, VpinParams(volume))
    contenders["VPIN, bare kernel"] = bare_vpin(given, volume)
    contenders["VPIN, bulk classification at 1m"] = lambda: vpin_buckets(
        trades, VpinParams(volume, method="bvc")
    )
    title = f"Event bars, {len(trades):,} trades, frame in and frame out"
    return table(title, measure(contenders, runs), len(trades), "tick imbalance bars")


def alternatives_table(trades: pl.DataFrame) -> str:
    """What alternatives.py prints under the interpreter that has them: `name<TAB>ns per trade`
    lines.
    """
    python = os.environ.get("BENCH_ALTERNATIVES_PYTHON", sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trades.csv"
        few = trades.head(ALTERNATIVE_TRADES)
        few.select(
            pl.col("ts_event").dt.strftime("%Y-%m-%d %H:%M:%S%.6f"), "price", "quantity"
        ).write_csv(path)
        script = Path(__file__).with_name("alternatives.py")
        done = subprocess.run(
            [python, str(script), str(path)],
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
        )
    lines = [
        f"### Named alternatives, tick imbalance bars, {len(few):,} trades",
        "",
        "| library | ns per trade |",
        "|---|---:|",
    ]
    lines += [
        f"| {name} | {ns} |"
        for name, ns in (line.split("\t") for line in done.stdout.splitlines() if "\t" in line)
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run and report."""
    given = arguments(__doc__ or "")
    trades = make_trades(given.trades)
    report([bar_table(trades, given.runs), alternatives_table(trades)])


if __name__ == "__main__":
    main()
