"""Single trades or aggregate trades: an instrument has one kind, or every trade would count twice.

Belongs here: finding which kind is stored, and refusing the other. Does not: importing or landing.
"""

from __future__ import annotations

from datetime import timedelta

from marketdata_platform.core.errors import MixedGranularity
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.workflows.ports import Store

_TICK = timedelta(microseconds=1)


def stored_kind(store: Store, instrument: Instrument) -> bool | None:
    """True if the stored trades are aggregate ones, False if single; None if there are none."""
    days = store.coverage("trades", instrument)
    if days:
        moment = Window(days[0].first_time, days[0].first_time + _TICK)
        for batch in store.read("trades", instrument, moment, columns=["first_trade_id"]):
            if batch.num_rows:
                return bool(batch.column(0).null_count == 0)
    return None


def refuse_mixed_trade_kinds(
    store: Store, instrument: Instrument, aggregated: bool, name: str
) -> None:
    """Raise `MixedGranularity` when the store holds trades of the other kind: each trade would
    count twice.
    """
    if stored_kind(store, instrument) in (None, aggregated):
        return
    holds, brings = ("single", "aggregate") if aggregated else ("aggregate", "single")
    other = Instrument(instrument.venue, f"{instrument.market}_agg"[:32], instrument.symbol)
    raise MixedGranularity(
        f"{instrument} holds {holds} trades and {name} brings {brings} trades: together every "
        "trade would "
        f"count twice. Import one kind only, or give the other its own market name, as in {other}"
    )
