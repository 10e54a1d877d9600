"""`marketdata demo --dumps`: the simulated exchange's dumps through import, store, derive, archive
and verification.
"""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

from marketdata_platform.charts.html import render_html
from marketdata_platform.charts.png import render_png
from marketdata_platform.cli.commands.backfill import run_with_bars
from marketdata_platform.cli.demo.dumps_report import print_report
from marketdata_platform.cli.screen.screen import console, progress
from marketdata_platform.core.errors import MarketDataError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.definitions import build_definitions
from marketdata_platform.defs import launch
from marketdata_platform.platform import Platform
from marketdata_platform.platform import open as open_platform
from marketdata_platform.simulator.archives.dumps import write_dump
from marketdata_platform.simulator.archives.faults import Faults
from marketdata_platform.simulator.markets.market import simulate_day
from marketdata_platform.simulator.venues.listing import PRESETS, preset

DAY = date(2025, 1, 6)


def demo_of_dumps(day: date, seed: int | None, clean: bool) -> int:
    """Make a seeded day of realistic trades for three instruments and take it through the whole
    platform.

    The dumps have flaws as real ones do: rows that come twice, a few ids that are missing.
    """
    started = time.perf_counter()
    definitions, platform = build_definitions(), open_platform()
    console.print(
        f"[bold]marketdata demo[/]  {len(PRESETS)} instruments, {day}, in {platform.root}",
        soft_wrap=True,
    )
    instruments = _publish(platform, day, seed, clean)
    assets = launch.chosen_assets(definitions, ("all",))
    runs = run_with_bars(definitions, platform, assets, instruments, [day])
    failures = [line for run in runs for line in run.failures]
    if failures:
        raise MarketDataError("the demo's runs failed: " + "; ".join(failures[:3]))
    charts = _charts(platform, instruments[0], day)
    print_report(platform, instruments, day, charts, time.perf_counter() - started)
    return 0


def _publish(platform: Platform, day: date, seed: int | None, clean: bool) -> list[Instrument]:
    """Write each instrument's dump into the inbox, where the `trades` asset finds it."""
    instruments = []
    with progress() as bars:
        task = bars.add_task(
            "the exchange publishes its dumps (zip + CHECKSUM)", total=len(PRESETS)
        )
        for number, name in enumerate(PRESETS):
            model = preset(name, seed=seed)
            trades = simulate_day(model, day)
            faults = Faults() if clean else _flaws(number, trades["sequence"].to_list())
            write_dump(
                trades, model.instrument, day, platform.inbox_of(model.instrument), faults=faults
            )
            instruments.append(model.instrument)
            bars.advance(task)
    return instruments


def _flaws(number: int, ids: list[int]) -> Faults:
    """The first dump is whole; the second repeats rows; the third also lacks a few trades in its
    middle.
    """
    middle = len(ids) // 2
    gaps = [(ids[middle], ids[middle] + 4)] if number == 2 else []
    return Faults(duplicates=137 if number else 0, gaps=gaps)


def _charts(platform: Platform, instrument: Instrument, day: date) -> list[Path]:
    base = platform.root / "charts" / instrument.venue / instrument.market / instrument.path_symbol
    base.mkdir(parents=True, exist_ok=True)
    data = platform.chart_data(instrument, day, day)
    paths = [base / f"{day}_1m.html", base / f"{day}_1m.png"]
    with progress() as bars:
        task = bars.add_task("drawing the chart", total=2)
        for path, render in zip(paths, (render_html, render_png), strict=True):
            render(data, path)
            bars.advance(task)
    return paths
