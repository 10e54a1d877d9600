"""What bars of every kind share: one row per closed bar, numbered since the series' start."""

from __future__ import annotations

from typing import Any, Literal

from marketdata_platform.core.datasets.derived.columns import (
    BAR_HEAD,
    COMPRESS_AFTER,
    OHLC_SANITY,
    SEGMENT_BY,
)
from marketdata_platform.core.datasets.derived.model import Derived, Fold, Picture
from marketdata_platform.core.datasets.model import INT, NOTIONAL, VOLUME, Column, Tier

BarKind = Literal["tick", "volume", "dollar"]
BAR_KINDS: tuple[BarKind, ...] = ("tick", "volume", "dollar")
# What one trade counts in a bar of each kind: as a formula's text, and the type of its sums.
ONE_TRADE = {"tick": "b", "volume": "b·q", "dollar": "b·p·q"}
SUM_TYPE = {"tick": INT, "volume": VOLUME, "dollar": NOTIONAL}


def bars(name: str, doc: str, *more: Column, formula: str, fold: Fold[Any, Any]) -> Derived:
    """Bars called `name`, with `more` columns after those that all bars have."""
    return Derived(
        name=name,
        tier=Tier.PROCESSED,
        doc=doc,
        columns=(*BAR_HEAD, *more),
        key=("bar_index",),
        time_column="end_time",
        order=("bar_index",),
        constraints=OHLC_SANITY,
        compress_after=COMPRESS_AFTER,
        segment_by=SEGMENT_BY,
        group="bars",
        formula=formula,
        picture=Picture(line="close", interval=None, figure=False),
        conserves=True,
        snapshot=False,
        fold=fold,
    )
