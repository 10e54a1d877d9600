"""Checks of stored data against itself: unique ids, continuity, price order, conservation of
volume.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import polars as pl

from marketdata_platform.core.datasets import CHECKPOINTS, dataset_named
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.workflows.bookkeeping.day_frame import frame_of_day
from marketdata_platform.workflows.bookkeeping.record import day_gaps, open_record
from marketdata_platform.workflows.deriving.derivation import Derivation
from marketdata_platform.workflows.ports import Store

_ZERO = Decimal(0)
_SHOWN = 20


@dataclass(slots=True)
class Quality:
    """What a check found: `checked` rows looked at, and one line a problem (the first 20 in
    words).
    """

    checked: int = 0
    problems: int = 0
    said: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """True if there was no problem."""
        return self.problems == 0

    def found(self, text: str, count: int = 1) -> None:
        """Note `count` problems of one kind."""
        self.problems += count
        if len(self.said) < _SHOWN:
            self.said.append(text)

    def __add__(self, other: Quality) -> Quality:
        said = (self.said + other.said)[:_SHOWN]
        return Quality(self.checked + other.checked, self.problems + other.problems, said)


def unique_ids(store: Store, instrument: Instrument, days: Iterable[date]) -> Quality:
    """No trade id is stored twice on a day."""
    quality = Quality()
    for day in days:
        ids = frame_of_day(store, "trades", instrument, day, ["trade_id"])["trade_id"]
        quality.checked += ids.len()
        repeated = ids.len() - ids.n_unique()
        if repeated:
            quality.found(
                f"{instrument} {day}: {repeated} trade ids are stored more than once", repeated
            )
    return quality


def id_continuity(store: Store, instrument: Instrument, days: Iterable[date]) -> Quality:
    """No trade id is missing, where the venue numbers its trades without holes."""
    quality = Quality()
    record = open_record(store, instrument)
    rows = {c.day: c.rows for c in record.days}
    for day in days:
        quality.checked += rows.get(day, 0)
        for gap in day_gaps(store, record, day):
            ids = f"{gap.first_missing}..{gap.last_missing}"
            between = f"between {gap.after.isoformat()} and {gap.before.isoformat()}"
            quality.found(
                f"{instrument} {day}: trade ids {ids} are missing, {between}", gap.missing
            )
    return quality


def row_constraints(
    store: Store, dataset: str, instrument: Instrument, days: Iterable[date]
) -> Quality:
    """Every row obeys the dataset's constraints: price order of OHLC, no negative volume, shares
    within 0..1.
    """
    quality = Quality()
    rules = dataset_named(dataset).constraints
    for day in days:
        rows = frame_of_day(store, dataset, instrument, day)
        quality.checked += rows.height
        if rows.is_empty() or not rules:
            continue
        broken = pl.SQLContext(rows=rows).execute(
            "SELECT "
            + ", ".join(
                f"SUM(CASE WHEN NOT ({r.expression}) THEN 1 ELSE 0 END) AS {r.name}" for r in rules
            )
            + " FROM rows",
            eager=True,
        )
        for rule in rules:
            count = int(broken[rule.name][0] or 0)
            if count:
                quality.found(
                    f"{instrument} {day}: {rule.reason} in {count} rows of {dataset}", count
                )
    return quality


def conservation(
    store: Store,
    derivations: Mapping[str, Derivation],
    dataset: str,
    instrument: Instrument,
    days: Iterable[date],
) -> Quality:
    """Σ volume of the day's bars, with what open bars carry in and out, is Σ quantity of the day's
    trades.
    """
    quality = Quality()
    derivation = derivations[dataset]
    record = open_record(store, instrument)
    with_trades = [c.day for c in record.known]
    for day in days:
        if record.dropped_on(day) is not None:
            continue  # retention has deleted its trades: nothing is left to compare with
        columns = ["quantity", "condition"]
        trades = frame_of_day(store, "trades", instrument, day, columns).filter(
            pl.col("condition").is_null()
        )
        expected = _total(trades["quantity"])
        rows = frame_of_day(store, dataset, instrument, day)
        if "interval" in rows.columns and rows.height:
            rows = rows.filter(pl.col("interval") == rows["interval"][-1])
        carried_in = _held(
            store, instrument, derivation, next((d for d in reversed(with_trades) if d < day), None)
        )
        carried_out = _held(store, instrument, derivation, day) if trades.height else carried_in
        got = _total(rows["volume"]) + carried_out - carried_in
        quality.checked += rows.height
        if got != expected:
            quality.found(
                f"{instrument} {day}: {dataset} holds a volume of {got}, the trades {expected}"
            )
    return quality


def _held(
    store: Store, instrument: Instrument, derivation: Derivation, day: date | None
) -> Decimal:
    if day is None or derivation.held_volume is None:
        return _ZERO
    for batch in store.read(
        CHECKPOINTS.name, instrument, Window.of_day(day), columns=["dataset", "state"]
    ):
        for row in batch.to_pylist():
            if row["dataset"] == derivation.dataset and row["state"]:
                return derivation.held_volume(row["state"])
    return _ZERO


def _total(amounts: pl.Series) -> Decimal:
    """Exact sum: Polars widens Decimal sums to 38 digits."""
    return Decimal(str(amounts.cast(pl.Decimal(38, 8)).sum())) if amounts.len() else _ZERO
