"""What is traded, as it stood at a time: the venue's answer to "which instruments are there?",
one row per state.
"""

from datetime import timedelta

from marketdata_platform.core.datasets.model import (
    PRICE,
    QUANTITY,
    TEXT,
    TIMESTAMP,
    VWAP,
    Column,
    Dataset,
    Tier,
)
from marketdata_platform.core.datasets.raw_columns import (
    EVENT_ID,
    ID_PRESENT,
    SEGMENTS,
    TS_OBSERVED,
    TS_RECV,
)

STEP = VWAP  # steps have more decimals than what is traded: 0.0000000001 was seen


def _given(name: str, doc: str) -> Column:
    return Column(name, TEXT, doc, nullable=True)


INSTRUMENTS = Dataset(
    name="instruments",
    tier=Tier.RAW,
    doc="Instruments, point in time: each row says how one stood from `ts_event` until its next "
    "row. A state is written again every hour in which it is seen, so that a state that comes back "
    "is seen too.",
    columns=(
        TS_OBSERVED,
        TS_RECV,
        EVENT_ID,
        Column(
            "kind",
            TEXT,
            "What it is. Prediction markets are listed under events, and events under series.",
            allowed=("spot", "perpetual", "future", "option", "combo", "market", "event", "series"),
        ),
        _given("status", "The venue's word, lower case: `trading`, `active`, `open`, `settled`, …"),
        _given("base", "Base currency."),
        _given("quote", "Quote currency."),
        _given("settle", "Currency in which profit is paid."),
        Column("tick_size", STEP, "Step of prices.", nullable=True),
        Column("quantity_step", STEP, "Step of quantities.", nullable=True),
        Column("min_quantity", STEP, "Smallest order.", nullable=True),
        Column("contract_size", QUANTITY, "What one contract stands for.", nullable=True),
        Column(
            "strike", PRICE, "Strike of an option; the floor of a prediction market.", nullable=True
        ),
        Column("option_type", TEXT, "call or put.", nullable=True, allowed=("call", "put")),
        Column("listed_at", TIMESTAMP, "When trading began.", nullable=True),
        Column("expires_at", TIMESTAMP, "Expiry, delivery or close; null: never.", nullable=True),
        _given(
            "parent",
            "The index under it; of a prediction market its event, of an event its series.",
        ),
        _given("title", "The question of a prediction market, in words."),
        _given("result", "How it was settled, where it is."),
        Column("details", TEXT, "The venue's whole answer about it, as JSON."),
    ),
    key=("event_id",),
    time_column="ts_event",
    order=("ts_event", "event_id"),
    constraints=(ID_PRESENT,),
    chunk=timedelta(days=7),
    compress_after=timedelta(days=7),
    segment_by=SEGMENTS,
)
