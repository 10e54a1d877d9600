"""What `marketdata simulate` reports at its end: the ledger as tables, and as a file."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from marketdata_platform.cli.screen.screen import console, count, plain, table
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.simulator.markets.ledger import ConnectionLedger, Ledger

_SHOWN = 30


def print_ledger(truth: Ledger) -> None:
    """Instruments and connections; a connection's faults by name."""
    if truth.markets:
        markets = table("What happened", "instrument", "trades", "holes", "in holes", "lost")
        for market in truth:
            hidden = sum(hole.last - hole.first + 1 for hole in market.holes)
            numbers = market.trades.height, len(market.holes), hidden, len(market.lost)
            markets.add_row(plain(market.instrument), *map(count, numbers))
        console.print(markets)
        console.print(
            "holes: runs of trades that were sent to no connection; lost: REST history lacks them, "
            "too\n"
        )
    if truth.connections:
        lines = table("Connections", "name", "place", "ended by", "faults", "frames", left=4)
        for one in truth.connections[-_SHOWN:]:
            lines.add_row(one.name, one.place, one.ended_by or "–", _faults(one), count(one.sent))
        console.print(lines)
        if len(truth.connections) > _SHOWN:
            console.print(f"… and {count(len(truth.connections) - _SHOWN)} before them")


def _faults(one: ConnectionLedger) -> str:
    return (
        "\n".join(f"{name} {count(number)}" for name, number in sorted(one.faults.items())) or "–"
    )


def require_writable(path: Path) -> None:
    """Before the exchange runs for hours: the truth can be written there.

    Raises:
        InvalidInput: the file's name does not end with .parquet or .jsonl, or there is no such
            folder.
    """
    if path.suffix not in (".parquet", ".jsonl") or not path.parent.is_dir():
        raise InvalidInput(
            f"the truth cannot be written to {path}: it must end with .parquet or .jsonl, in a "
            "folder"
        )


def write_ledger(truth: Ledger, path: Path) -> int:
    """Write every trade, with its instrument in front, as Parquet or as JSON lines; the number of
    trades.
    """
    frames = [
        m.trades.select(pl.lit(str(m.instrument)).alias("instrument"), pl.all()) for m in truth
    ]
    whole = (
        pl.concat(frames)
        if frames
        else pl.DataFrame({"instrument": pl.Series([], dtype=pl.String)})
    )
    if path.suffix == ".parquet":
        whole.write_parquet(path)
    else:
        exact = [
            pl.col(name).cast(pl.String)
            for name, kind in whole.schema.items()
            if kind == pl.Decimal
        ]
        whole.with_columns(exact).write_ndjson(path)
    return whole.height
