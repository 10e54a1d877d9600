"""VPIN buckets (Easley, López de Prado & O'Hara 2012): volume in equal buckets, and how one-sided
the last n were.

Belongs here: the fold. Does not: parameters and state (vpin_state.py), filling buckets
(buckets.py).
"""

from __future__ import annotations

import polars as pl

from marketdata_platform.core.bars.buckets import fill_by_side, fill_in_bulk, no_buckets
from marketdata_platform.core.bars.fold_input import Trades, fold_input
from marketdata_platform.core.bars.fold_state import require_same_params
from marketdata_platform.core.bars.vpin_state import VpinParams, VpinState

__all__ = ["VpinParams", "VpinState", "vpin_buckets"]


def vpin_buckets(
    trades: Trades, params: VpinParams, state: VpinState | None = None
) -> tuple[pl.DataFrame, VpinState]:
    """Buckets filled by `trades` (columns of `bar__vpin`), and the state to go on from.

    A trade that crosses a bucket's end is split exactly. `vpin` = the mean of r = |Vb − Vs| / V
    over the last n buckets: each r is the nearest float64, their sum is exact in units of 2^-62, so
    the result is a fixed function of the n buckets, within 2 ulp of the exact mean where that is
    above 0.002. Volume without a sign counts in V and in `unsigned_volume` only. With `bvc`, bars
    of `bar_interval` are classified when a later trade shows that they are over: `end_time` is that
    trade's time (so that a day's rows depend on that day's and earlier trades only), `start_time`
    that of the first bar's first trade, `ticks` counts (parts of) time bars, high and low are those
    of all bars touched.

    Raises:
        TradesOutOfOrder: trades come before those that `state` has seen.
        InvalidInput: trades cannot be read, the state has other params, or V is so small that more
            than 10 million buckets would come out.
    """
    rule = params.rule
    state = state or VpinState(rule, next_units=rule.units or rule.first_units or 0)
    require_same_params(state, rule)
    given = fold_input(trades, state.seen)
    if not len(given.columns):
        return no_buckets(), state
    return fill_by_side(given, state) if params.method == "side" else fill_in_bulk(given, state)
