"""Tick imbalance bars by other libraries, timed once each after a warm-up; prints `name<TAB>ns a
trade`.

Runs under an interpreter that has them (requirements.txt beside this file) and imports nothing of
the platform.
"""

import contextlib
import importlib
import importlib.metadata
import io
import sys
import time
from collections.abc import Callable
from pathlib import Path

WARM_UP_ROWS = 3_000


def mlfinpy_bars(path: str, rows: int) -> Callable[[], object]:
    """mlfinpy's EMA tick imbalance bars of the first `rows` of a CSV (time, price, volume), read by
    pandas outside.
    """
    import pandas

    frame = pandas.read_csv(path, nrows=rows)
    frame.columns = ["date_time", "price", "volume"]
    frame["date_time"] = pandas.to_datetime(frame["date_time"])
    make = importlib.import_module(
        "mlfinpy.data_structure.imbalance_bars"
    ).get_ema_tick_imbalance_bars
    return lambda: make(
        frame,
        num_prev_bars=20,
        expected_imbalance_window=1000,
        exp_num_ticks_init=1000,
        exp_num_ticks_constraints=[100, 10_000],
    )


def risklab_bars(path: str, rows: int) -> Callable[[], object]:
    """RiskLabAI's expected tick imbalance bars of the first `rows` of a CSV."""
    import pandas

    frame = pandas.read_csv(path, nrows=rows)
    frame.iloc[:, 0] = pandas.to_datetime(frame.iloc[:, 0])
    ticks = list(frame.itertuples(index=False, name=None))
    bars = importlib.import_module("RiskLabAI.data.structures.imbalance_bars").ExpectedImbalanceBars

    def run() -> object:
        return bars(
            bar_type="tick_imbalance",
            window_size_for_expected_n_ticks_estimation=20,
            window_size_for_expected_imbalance_estimation=1000,
            initial_estimate_of_expected_n_ticks_in_bar=1000,
            expected_ticks_number_bounds=(100, 10_000),
        ).construct_bars_from_data(data=ticks)

    return run


def main() -> None:
    """Time every library that can be imported; say which cannot."""
    path = sys.argv[1]
    rows = len(Path(path).read_bytes().splitlines()) - 1
    for name, make in (("mlfinpy", mlfinpy_bars), ("RiskLabAI", risklab_bars)):
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            print(f"{name}\tnot installed")
            continue
        with contextlib.redirect_stdout(io.StringIO()):
            make(path, WARM_UP_ROWS)()
            run = make(path, rows)
            begun = time.perf_counter()
            run()
            seconds = time.perf_counter() - begun
        print(f"{name} {version}\t{seconds / rows * 1e9:,.0f}")


if __name__ == "__main__":
    main()
