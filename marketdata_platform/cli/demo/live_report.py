"""The live demo's closing tables: what each gatherer missed, what the union has, and whether it
equals the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl

from marketdata_platform.cli.screen.screen import console, count, table
from marketdata_platform.core.datasets import BARS
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform import Platform
from marketdata_platform.platform.use_cases.land import gaps_of, options_of, source_of
from marketdata_platform.simulator.markets.ledger import Ledger
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.archiving.verify import verify
from marketdata_platform.workflows.landing.land import land

# Title, and the datasets whose rows it counts.
_STORED = (
    ("quotes", "quotes"),
    ("book changes (levels)", "book_deltas"),
    ("whole books (levels)", "book_snapshots"),
    ("quarantined", "quarantine"),
)
_DERIVED = (
    ("bars of all kinds stored", *(dataset.name for dataset in BARS)),
    ("order flow, minutes", "order_flow"),
)
_COMPARED = ("trade_id", "ts_event", "price", "quantity", "side")


@dataclass(frozen=True, slots=True)
class _Compared:
    """One instrument's store against the exchange, from the first trade that anybody heard."""

    instrument: Instrument
    trades: int
    heard_by: dict[str, int]  # by each gatherer alone
    union: int  # by all of them together
    stored: int
    unequal: int  # trades that are missing, too many, or differ in any field


def print_live_report(
    platform: Platform, truth: Ledger, killed: dict[str, int], seconds: float
) -> int:
    """Print what became of the recording; 0 when every instrument equals the truth."""
    alone = {name: _alone(platform, name) for name in platform.settings.gatherers}
    found = [_compare(platform, market.instrument, market.trades, alone) for market in truth]
    console.print()
    console.print(_recorded(found, killed))
    console.print()
    console.print(_made(platform, [one.instrument for one in found]))
    equal = _print_compared(found)
    archived = _print_archived(platform, [one.instrument for one in found])
    console.print(f"Done in {seconds:.0f} s.\n")
    _next(platform, found[0].instrument)
    return 0 if equal and archived else 1


def _print_compared(found: list[_Compared]) -> bool:
    """Say whether the store equals the exchange's truth."""
    wrong = sum(one.unequal for one in found)
    total = sum(one.trades for one in found)
    if wrong:
        console.print(
            f"[bold red]{count(wrong)} of {count(total)} trades differ from the exchange's "
            "truth.[/]"
        )
        return False
    console.print(
        f"[bold green]The store equals the exchange's truth: {count(total)} trades, to the "
        "last one.[/]"
    )
    return True


def _print_archived(platform: Platform, instruments: list[Instrument]) -> bool:
    """Read the archive back, and say whether it equals the store."""
    days: set[date] = set()
    for instrument in instruments:
        days |= {day.day for day in platform.store.coverage("trades", instrument)}
    verdicts = verify(platform.store, platform.archive, days=sorted(days))
    good = [verdict for verdict in verdicts if verdict.ok]
    differing = len(verdicts) - len(good)
    verdict = f"[red]{differing} differ[/]" if differing else "[green]every value equal[/]"
    rows = sum(verdict.rows for verdict in good)
    console.print(
        f"Archive read back against the store: {len(verdicts)} dataset-days, {count(rows)} rows, "
        f"{verdict}."
    )
    return not differing


def _alone(platform: Platform, gatherer: str) -> MemoryStore:
    """A store made of one gatherer's journal only."""
    store = MemoryStore()
    land(
        store, [source_of(platform, gatherer)], options_of(platform), now=lambda: datetime.now(UTC)
    )
    return store


def _compare(
    platform: Platform, instrument: Instrument, true: pl.DataFrame, alone: dict[str, MemoryStore]
) -> _Compared:
    stored = platform.read("trades", instrument, columns=_COMPARED)
    heard = {name: _ids(store, instrument) for name, store in alone.items()}
    union: set[str] = set().union(*heard.values())
    order = {trade: place for place, trade in enumerate(true["trade_id"].to_list())}
    first = min((order[trade] for trade in union if trade in order), default=0)
    expected = true.slice(first).select(_COMPARED)
    wrong = expected.join(stored, on=_COMPARED, how="anti").height
    extra = stored.join(expected, on=_COMPARED, how="anti").height
    known = set(expected["trade_id"].to_list())
    return _Compared(
        instrument,
        expected.height,
        {name: len(ids & known) for name, ids in heard.items()},
        len(union & known),
        stored.height,
        wrong + extra,
    )


def _ids(store: MemoryStore, instrument: Instrument) -> set[str]:
    return {
        str(trade)
        for batch in store.read("trades", instrument, columns=["trade_id"])
        for trade in batch[0].to_pylist()
    }


def _recorded(found: list[_Compared], killed: dict[str, int]) -> object:
    shown = table("What was recorded", "", *(_headed(one.instrument) for one in found))

    def add(label: str, trades: Callable[[_Compared], int]) -> None:
        shown.add_row(label, *(count(trades(one)) for one in found))

    add("trades on the exchange", lambda one: one.trades)
    for name, times in killed.items():
        label = f"{name} alone missed" + (" (killed once)" if times else "")
        add(label, lambda one, name=name: one.trades - one.heard_by[name])  # type: ignore[misc]
    add("all three together missed", lambda one: one.trades - one.union)
    add("repaired from REST history", lambda one: one.stored - one.union)
    add("stored", lambda one: one.stored)
    shown.add_section()
    shown.add_row(
        "differ from the truth", *(f"[red]{c.unequal}[/]" if c.unequal else "0" for c in found)
    )
    return shown


def _made(platform: Platform, instruments: list[Instrument]) -> object:
    shown = table("What was made of it", "", *map(_headed, instruments))
    for title, *datasets in _STORED:
        shown.add_row(title, *(_rows(platform, datasets, i) for i in instruments))
    shown.add_row("gaps in the ledger", *(_gaps(platform, i) for i in instruments))
    seconds = [platform.read("bar__kline", i, interval="1s").height for i in instruments]
    shown.add_row("klines 1s (rolled up on reading)", *map(count, seconds))
    for title, *datasets in _DERIVED:
        shown.add_row(title, *(_rows(platform, datasets, i) for i in instruments))
    return shown


def _headed(instrument: Instrument) -> str:
    return f"{instrument.venue} {instrument.market}\n{instrument.symbol}"


def _rows(platform: Platform, datasets: Sequence[str], instrument: Instrument) -> str:
    days = [day for name in datasets for day in platform.store.coverage(name, instrument)]
    return count(sum(day.rows for day in days))


def _gaps(platform: Platform, instrument: Instrument) -> str:
    gaps = gaps_of(platform, instrument)
    left = sum(1 for gap in gaps if gap.status != "repaired")
    return f"{len(gaps)}, [yellow]{left} unfilled[/]" if left else str(len(gaps))


def _next(platform: Platform, instrument: Instrument) -> None:
    root = f"--root {platform.root} " if platform.root.name != ".marketdata" else ""
    console.print("Try next:")
    for command in (
        f"marketdata {root}ui",
        f"marketdata {root}status",
        f"marketdata {root}gaps",
        f"marketdata {root}journal ls",
        f"marketdata {root}chart '{instrument}' --interval 1s",
        f'marketdata {root}query "SELECT symbol, count(*) AS trades, sum(quantity) FROM trades '
        'GROUP BY symbol"',
        f"marketdata {root}demo --dumps   # a day of dump files instead, in another root",
    ):
        console.print(f"  [cyan].venv/bin/{command}[/]", soft_wrap=True)
