"""Raw datasets that a venue or a vendor publishes of its own accord: bars and statistics made by
somebody else.
"""

from datetime import timedelta

from marketdata_platform.core.datasets.model import (
    INT,
    NOTIONAL,
    PRICE,
    TEXT,
    VOLUME,
    Column,
    Constraint,
    Dataset,
    Tier,
)
from marketdata_platform.core.datasets.raw_columns import (
    HEAD,
    ID_PRESENT,
    ORDER,
    SEGMENTS,
    TS_EVENT,
    TS_RECV,
    not_negative,
    partial,
    price,
)

OHLCV = Dataset(
    name="ohlcv",
    tier=Tier.RAW,
    doc="Candles as a venue or vendor published them, to be compared with ours (`bar__kline`); "
    "nothing is derived from them.",
    columns=(
        TS_EVENT,
        TS_RECV,
        Column("interval", TEXT, "Length of the candle: 1s, 1m, 1h, 1d, …"),
        Column("open", PRICE, "First price."),
        Column("high", PRICE, "Highest price."),
        Column("low", PRICE, "Lowest price."),
        Column("close", PRICE, "Last price."),
        Column("volume", VOLUME, "Quantity traded, in the venue's unit."),
        partial(
            "quote_volume", NOTIONAL, "The same in quote currency, where the venue publishes it."
        ),
        Column("trades", INT, "Trades in it, where the venue publishes it.", nullable=True),
        partial("buy_volume", VOLUME, "Quantity bought by takers, where the venue publishes it."),
        partial("buy_quote_volume", NOTIONAL, "The same in quote currency."),
    ),
    key=("interval", "ts_event"),
    time_column="ts_event",
    order=("interval", "ts_event"),
    constraints=(
        Constraint("interval_present", "\"interval\" <> ''", "interval is empty"),
        Constraint(
            "high_bounds",
            "high >= low AND high >= open AND high >= close",
            "high is below another price",
        ),
        Constraint("low_bounds", "low <= open AND low <= close", "low is above another price"),
        *not_negative("volume", "quote_volume", "trades", "buy_volume", "buy_quote_volume"),
    ),
    chunk=timedelta(
        days=30
    ),  # a file of candles or settlements spans years: each chunk costs locks
    compress_after=timedelta(days=7),
    segment_by=SEGMENTS,
)

STATISTICS = Dataset(
    name="statistics",
    tier=Tier.RAW,
    doc=(
        "Numbers that a venue publishes of an instrument: settlement and opening prices, volume, "
        "open interest."
    ),
    columns=(
        *HEAD,
        Column(
            "statistic",
            TEXT,
            "What it is, in the vendor's words, lower case: `settlement_price`, `open_interest`.",
        ),
        price("price", "Its value where it is a price."),
        partial("quantity", VOLUME, "Its value where it is a quantity."),
        Column(
            "ts_reference",
            TS_EVENT.type,
            "The time to which it applies, where the venue publishes it.",
            nullable=True,
        ),
        Column(
            "action",
            TEXT,
            "Whether it is a new value or takes one back.",
            allowed=("new", "delete"),
        ),
    ),
    key=("event_id",),
    time_column="ts_event",
    order=ORDER,
    constraints=(
        ID_PRESENT,
        Constraint("statistic_present", "statistic <> ''", "statistic is empty"),
        Constraint(
            "value_given",
            "price IS NOT NULL OR quantity IS NOT NULL OR action = 'delete'",
            "neither price nor quantity",
        ),
    ),
    chunk=timedelta(
        days=30
    ),  # a file of candles or settlements spans years: each chunk costs locks
    compress_after=timedelta(days=7),
    segment_by=SEGMENTS,
)

PUBLISHED = (OHLCV, STATISTICS)
