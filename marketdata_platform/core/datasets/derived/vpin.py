"""VPIN buckets. Definition: docs/definitions.md "VPIN"; kernel: core/bars/vpin.py."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from marketdata_platform.core.datasets.derived.choices import AmountOrAuto, Choices, Count
from marketdata_platform.core.datasets.derived.columns import (
    COMPRESS_AFTER,
    OHLC,
    OHLC_SANITY,
    SEGMENT_BY,
)
from marketdata_platform.core.datasets.derived.model import Derived, Fold, Picture
from marketdata_platform.core.datasets.model import (
    FLOAT,
    INT,
    TIMESTAMP,
    VOLUME,
    Column,
    Constraint,
    Tier,
)

if TYPE_CHECKING:
    import polars as pl

    from marketdata_platform.core.bars import VpinParams
    from marketdata_platform.core.bars.day_input import DayInput
    from marketdata_platform.core.series_start import SeriesStart


@dataclass(frozen=True)
class VpinChoices(Choices, section="vpin", per_instrument=True):
    """VPIN: V (`auto`: the previous UTC day's volume / 50), buckets averaged, and how volume is
    signed.
    """

    bucket_volume: AmountOrAuto = "auto"
    window: Count = 50
    method: Literal["side", "bvc"] = "side"


def _params(choices: VpinChoices, start: SeriesStart) -> VpinParams:
    from marketdata_platform.core.bars import VpinParams

    automatic = choices.bucket_volume == "auto"
    return VpinParams(
        bucket_volume=choices.bucket_volume,
        window=choices.window,
        method=choices.method,
        first_bucket_volume=start.volume_per_bar if automatic else None,
    )


def _step(day: DayInput, params: VpinParams, state: bytes | None) -> tuple[pl.DataFrame, bytes]:
    from marketdata_platform.core.bars import VpinState, vpin_buckets

    before = VpinState.from_bytes(state) if state else None
    rows, after = vpin_buckets(day.columns, params, before)
    return rows, after.to_bytes()


def _held_volume(state: bytes) -> Decimal:
    from marketdata_platform.core.bars import VpinState

    return VpinState.from_bytes(state).open_volume


VPIN = Derived(
    name="bar__vpin",
    tier=Tier.PROCESSED,
    doc=(
        "VPIN buckets of constant volume, trades split exactly (Easley, López de Prado & O'Hara "
        "2012)."
    ),
    columns=(
        Column("bucket_index", INT, "Number of the bucket since the series' start, from 0."),
        Column("start_time", TIMESTAMP, "Time of the first trade in the bucket."),
        Column("end_time", TIMESTAMP, "Time of the trade that filled it; decides its UTC day."),
        *OHLC,
        Column("volume", VOLUME, "V, the bucket's volume."),
        Column("buy_volume", VOLUME, "Buy volume Vb."),
        Column("sell_volume", VOLUME, "Sell volume Vs."),
        Column(
            "unsigned_volume",
            VOLUME,
            "Volume before the tick rule knew a sign; V = Vb + Vs + this.",
        ),
        Column("imbalance", VOLUME, "|Vb − Vs|."),
        Column("ticks", INT, "Trades, or parts of trades, in the bucket."),
        Column(
            "vpin",
            FLOAT,
            "Mean of |Vb − Vs| / V over the last n buckets; null before n buckets.",
            nullable=True,
        ),
    ),
    key=("bucket_index",),
    time_column="end_time",
    order=("bucket_index",),
    constraints=(
        *OHLC_SANITY,
        Constraint("vpin_is_a_share", "vpin >= 0 AND vpin <= 1", "vpin is outside 0..1"),
    ),
    compress_after=COMPRESS_AFTER,
    segment_by=SEGMENT_BY,
    group="bars",
    formula="VPIN = mean over the last 50 buckets of |Vb − Vs| / V;  "
    "trades are split exactly at a bucket's end",
    picture=Picture(line="vpin", interval=None, figure=False),
    conserves=True,
    snapshot=False,
    fold=Fold(
        choices=VpinChoices,
        params=_params,
        step=_step,
        sees_gaps=False,
        held_volume=_held_volume,
    ),
)
