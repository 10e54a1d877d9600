"""Record types as the venues give them: trades, and the list of all (raw_*.py)."""

from datetime import timedelta

from marketdata_platform.core.datasets.model import (
    INT,
    PRICE,
    QUANTITY,
    TEXT,
    TIMESTAMP,
    Column,
    Constraint,
    Dataset,
    Merge,
    Tier,
)
from marketdata_platform.core.datasets.raw_book import BOOK
from marketdata_platform.core.datasets.raw_derivatives import DERIVATIVES
from marketdata_platform.core.datasets.raw_instruments import INSTRUMENTS
from marketdata_platform.core.datasets.raw_market import PUBLISHED

# Kernels and the store hold quantities as 64-bit integers scaled by 1e8.
MAX_QUANTITY = "92233720368.54775807"

TRADES = Dataset(
    name="trades",
    tier=Tier.RAW,
    doc=("Every trade the venue reported, one row per trade or aggregate trade, in exchange time."),
    columns=(
        Column("ts_event", TIMESTAMP, "Exchange time of the trade, UTC, microseconds."),
        Column(
            "ts_recv",
            TIMESTAMP,
            "First receipt over all recordings by their own clocks; null for dumps, and where a "
            "recorder's clock had "
            "been stepped. Never order by it.",
            nullable=True,
            merge=Merge.EARLIEST,
        ),
        Column(
            "trade_id",
            TEXT,
            "The venue's trade id as text; of an aggregate trade, the aggregate's id.",
        ),
        Column(
            "sequence",
            INT,
            "Order among trades of one moment: the trade id where that is a number, else the "
            "position among the trades "
            "of the same time, oldest first. Null where nothing shows it.",
            nullable=True,
            merge=Merge.FILL,
        ),
        Column("price", PRICE, "Price in quote currency."),
        Column(
            "quantity",
            QUANTITY,
            "Quantity in the venue's unit: base currency, or contracts for inverse futures.",
        ),
        Column("side", TEXT, "The taker's side.", allowed=("buy", "sell", "unknown")),
        Column(
            "condition",
            TEXT,
            "Null for an ordinary trade; else the venue's mark, lower case (`insurance_fund`): it "
            "keeps its place in "
            "the id sequence and enters no bar.",
            nullable=True,
            merge=Merge.FILL,
        ),
        Column(
            "first_trade_id",
            INT,
            "Of an aggregate trade: first trade id in it; else null.",
            nullable=True,
        ),
        Column(
            "last_trade_id",
            INT,
            "Of an aggregate trade: last trade id in it; else null.",
            nullable=True,
        ),
    ),
    key=("trade_id",),
    time_column="ts_event",
    order=("ts_event", "sequence", "trade_id"),
    constraints=(
        Constraint("price_positive", "price > 0", "price is not above zero"),
        Constraint("quantity_positive", "quantity > 0", "quantity is not above zero"),
        Constraint(
            "quantity_fits", f"quantity <= {MAX_QUANTITY}", f"quantity is above {MAX_QUANTITY}"
        ),
        Constraint(
            "side_known", "side IN ('buy', 'sell', 'unknown')", "side is not buy, sell or unknown"
        ),
        Constraint("trade_id_present", "trade_id <> ''", "trade id is empty"),
        Constraint(
            "aggregate_range",
            "last_trade_id >= first_trade_id",
            "last trade id is before the first",
        ),
    ),
    chunk=timedelta(hours=1),
    compress_after=timedelta(days=1),
    segment_by=("venue", "market", "symbol"),
)

RAW = (TRADES, *BOOK, *DERIVATIVES, INSTRUMENTS, *PUBLISHED)
