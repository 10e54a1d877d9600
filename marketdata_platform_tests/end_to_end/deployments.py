"""Whole deployments for tests: a platform at a root of its own, files of trades, and all tables to
compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from marketdata_platform.core.datasets import DERIVED
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform import Platform, open_with
from marketdata_platform.settings import Settings
from marketdata_platform_tests.core.bars.trade_frames import data_folder
from marketdata_platform_tests.history.dumps import DAY_MS, TARDIS_HEADER, write

DAY = date(2024, 7, 18)
FUTURES = Instrument.parse("binance:futures:BTCUSDT")
HOUR_MS = 3_600_000
# Small bars, so that small days give many of them and every state is carried over midnights.
SMALL = {
    "imbalance": {
        "expected_ticks": 20,
        "span_bars": 5,
        "span_ticks": 50,
        "min_ticks": 5,
        "max_ticks": 60,
    },
    "bars": {"ticks": 15, "volume": "auto", "dollars": "auto"},
    "vpin": {"bucket_volume": "auto", "window": 7},
}


def mostly_slow(names: Iterable[object], quick: Sequence[object]) -> list[object]:
    """Parameters of a test: those in `quick` run always, the others are proofs that take their
    time.
    """
    return [name if name in quick else pytest.param(name, marks=pytest.mark.slow) for name in names]


def opened(root: Path, **settings: object) -> Platform:
    """A platform at `root` with these settings, whatever configuration the machine has."""
    return open_with(Settings(root=root, **settings))  # type: ignore[arg-type]


def captures(market: str, *names: str) -> list[Path]:
    """Recorded frame captures; skips without recorded data."""
    return [data_folder() / "hftbacktest-binance-ws" / market / f"{name}.log.zst" for name in names]


def day(number: int) -> date:
    """Day `number` of the made-up series."""
    return DAY + timedelta(days=number)


def usdm_rows(trades: Iterable[tuple[int, str, str, int, bool]]) -> str:
    """Rows (id, price, quantity, ms since the first day, taker sells) as a header-less futures
    dump.
    """
    return "".join(
        f"{i},{p},{q},0,{DAY_MS + ms},{str(sells).lower()}\n" for i, p, q, ms, sells in trades
    )


def walk(
    number: int, count: int = 150, first_id: int | None = None
) -> list[tuple[int, str, str, int, bool]]:
    """A made-up day: a price that wanders, sizes and sides that cluster; ids go on from day to
    day.
    """
    rows, base = [], number * 1_000 if first_id is None else first_id
    price = 6_000_000 + number * 700
    for i in range(count):
        step = ((i * 7919 + number * 104729) % 23 - 11) * 100
        price += step * (12 if i // 5 % 9 == 8 else 1)
        size = 1 + (i * i * 31 + number) % 97
        ms = number * 24 * HOUR_MS + (i * 24 * HOUR_MS) // count + (i % 5)
        rows.append(
            (base + i, f"{price / 100:.2f}", f"0.{size:03d}", ms, (i // 6 + i * number) % 3 == 0)
        )
    return rows


def tardis_file(path: Path, rows: Iterable[tuple[int, str, str, int, str]]) -> Path:
    """Rows (id, price, quantity, ms since the first day, side) as a Tardis file."""
    lines = [
        f"binance-futures,BTCUSDT,{DAY_MS + ms}000,{DAY_MS + ms}009,{i},{s},{p},{q}"
        for i, p, q, ms, s in rows
    ]
    return write(path, "\n".join([TARDIS_HEADER, *lines]) + "\n")


def tables(
    platform: Platform, instrument: Instrument, extra: Sequence[str] = ()
) -> dict[str, pl.DataFrame]:
    """Every derived dataset of an instrument, all columns, in the dataset's order."""
    return {name: platform.read(name, instrument) for name in (*extra, *(d.name for d in DERIVED))}


def require_same(found: dict[str, pl.DataFrame], expected: dict[str, pl.DataFrame]) -> None:
    """The same datasets, rows, order, types and values."""
    assert found.keys() == expected.keys()
    different = [name for name in expected if not found[name].equals(expected[name])]
    assert different == []
