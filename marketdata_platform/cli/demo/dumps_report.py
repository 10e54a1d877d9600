"""The demo's closing table: what became of each instrument's day, and what to try next."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from marketdata_platform.cli.screen.screen import console, count, table
from marketdata_platform.core.datasets import BARS, IMPORTS
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform import Platform
from marketdata_platform.workflows.archiving.verify import verify

_NAMES = {
    "bar__kline": "klines 1m",
    "bar__tick_imbalance": "tick imbalance bars",
    "bar__volume_imbalance": "volume imbalance bars",
    "bar__dollar_imbalance": "dollar imbalance bars",
    "bar__vpin": "VPIN buckets",
}


def print_report(
    platform: Platform, instruments: list[Instrument], day: date, charts: list[Path], seconds: float
) -> None:
    """Print the table, the verification, the chart's path and the next commands."""
    shown = table(
        "What became of the day", "", *(f"{i.venue} {i.market}\n{i.symbol}" for i in instruments)
    )
    with platform.store.session():
        columns = [_facts(platform, instrument, day) for instrument in instruments]
        verdicts = verify(platform.store, platform.archive, days=[day])
    for name in columns[0]:
        shown.add_row(
            name, *(column[name] for column in columns), end_section=name in _SECTION_ENDS
        )
    console.print()
    console.print(shown)
    rows, failed = sum(v.rows for v in verdicts if v.ok), [v for v in verdicts if not v.ok]
    verdict = "[green]every value equal[/]" if not failed else f"[red]{len(failed)} differ[/]"
    console.print(
        f"Archive read back against the store: {len(verdicts)} dataset-days, {count(rows)} rows, "
        f"{verdict}."
    )
    console.print(f"Done in {seconds:.0f} s.\n")
    _next(platform, instruments[0], charts)


_SECTION_ENDS = {"missing ids", "other bars", "VPIN now"}


def _facts(platform: Platform, instrument: Instrument, day: date) -> dict[str, str]:
    coverage = next(c for c in platform.store.coverage("trades", instrument) if c.day == day)
    read, rate = _imported(platform, instrument)
    missing = platform.record(instrument).missing_ids
    manifest = platform.archive.manifest("trades", instrument, day)
    archived = f"{manifest.bytes / manifest.rows:.1f}" if manifest else "–"
    return {
        "trades": count(coverage.rows),
        "duplicates left out": count(max(read - coverage.rows, 0)),
        "missing ids": f"[yellow]{missing}[/]" if missing else "0",
        **_bars(platform, instrument, day),
        "bytes per trade, archive": archived,
        "bytes per trade, store (all)": f"{platform.store_bytes(instrument) / coverage.rows:.1f}",
        "import, rows/s": count(rate or None),
    }


def _bars(platform: Platform, instrument: Instrument, day: date) -> dict[str, str]:
    bars = {d.name: platform.read_day(d.name, instrument, day) for d in BARS}
    klines, vpin = bars["bar__kline"], bars["bar__vpin"]["vpin"].drop_nulls()
    counts = {"klines 1m": klines.filter(klines["interval"] == "1m").height}
    counts |= {title: bars[name].height for name, title in _NAMES.items() if name != "bar__kline"}
    counts["other bars"] = sum(frame.height for name, frame in bars.items() if name not in _NAMES)
    return {title: count(rows) for title, rows in counts.items()} | {
        "VPIN now": f"{vpin[-1]:.3f}" if vpin.len() else "–"
    }


def _imported(platform: Platform, instrument: Instrument) -> tuple[int, int]:
    """Rows decoded and rows per second of the instrument's newest import."""
    rows = platform.read(IMPORTS.name, instrument)
    if rows.is_empty():
        return 0, 0
    newest = rows.sort("imported_at").row(-1, named=True)
    return newest["rows"], round(newest["rows"] / newest["seconds"]) if newest["seconds"] else 0


def _next(platform: Platform, instrument: Instrument, charts: list[Path]) -> None:
    for path in charts:
        console.print(f"chart   {path}", soft_wrap=True)
    root = f"--root {platform.root} " if platform.root.name != ".marketdata" else ""
    console.print("\nTry next:")
    for command in (
        f"marketdata {root}ui",
        f"marketdata {root}status",
        f"marketdata {root}chart '{instrument}' --interval 5m",
        f'marketdata {root}query "SELECT symbol, count(*) AS trades, sum(quantity) FROM trades '
        'GROUP BY symbol"',
        f"marketdata {root}import BTCUSDT-trades-2024-07-18.zip --instrument binance:spot:BTCUSDT",
    ):
        console.print(f"  [cyan].venv/bin/{command}[/]", soft_wrap=True)
