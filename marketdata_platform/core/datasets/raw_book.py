"""Raw datasets of the order book: its top, whole books, and what changed between them."""

from datetime import timedelta

import pyarrow as pa

from marketdata_platform.core.datasets.model import (
    INT,
    PRICE,
    QUANTITY,
    TEXT,
    Column,
    Constraint,
    Dataset,
    Merge,
    Tier,
)
from marketdata_platform.core.datasets.raw_columns import (
    EVENT_ID,
    HOT,
    ID_PRESENT,
    OBSERVED_HEAD,
    ORDER,
    SEGMENTS,
    TS_OBSERVED,
    TS_RECV,
    not_negative,
)

# Half a sum of two prices needs one decimal more than they have; a ratio of quantities is cut at 18
# decimals.
MID = pa.decimal128(28, 9)
IMBALANCE = pa.decimal128(38, 18)

QUOTES = Dataset(
    name="quotes",
    tier=Tier.RAW,
    doc=(
        "Top of the book at every change, with its spread, middle and imbalance. A side without "
        "orders is null."
    ),
    columns=(
        *OBSERVED_HEAD,
        Column("bid_price", PRICE, "Best bid.", nullable=True),
        Column(
            "bid_quantity",
            QUANTITY,
            "Quantity at the best bid, in the venue's unit.",
            nullable=True,
        ),
        Column("ask_price", PRICE, "Best ask.", nullable=True),
        Column(
            "ask_quantity",
            QUANTITY,
            "Quantity at the best ask, in the venue's unit.",
            nullable=True,
        ),
        Column(
            "spread",
            PRICE,
            "ask_price − bid_price, exact; negative while a venue's book is crossed.",
            nullable=True,
        ),
        Column("mid", MID, "(bid_price + ask_price) / 2, exact.", nullable=True),
        Column(
            "imbalance",
            IMBALANCE,
            "(bid_quantity − ask_quantity) / (bid_quantity + ask_quantity), cut at 18 decimals; "
            "null when both are 0.",
            nullable=True,
        ),
    ),
    key=("event_id",),
    time_column="ts_event",
    order=ORDER,
    constraints=(ID_PRESENT, *not_negative("bid_quantity", "ask_quantity")),
    chunk=HOT,
    compress_after=timedelta(days=3),
    retain=timedelta(days=90),
    segment_by=SEGMENTS,
)

_SIDE = Column(
    "side",
    TEXT,
    "Side of the level; `none` marks an event that names no level: its ids belong to the chain "
    "all the same.",
    allowed=("bid", "ask", "none"),
)
_LEVEL_PRICE = Column("price", PRICE, "Price of the level; 0 on a `none` row.")
_BOOK_ORDER = ("ts_event", "update_id", "event_id", "side", "price")
_LEVEL_RULES = (
    ID_PRESENT,
    Constraint("none_is_empty", "side <> 'none' OR price = 0", "a row of side none has a price"),
)

BOOK_SNAPSHOTS = Dataset(
    name="book_snapshots",
    tier=Tier.RAW,
    doc="Snapshots as the venue gave them, one row per level: what deltas are joined to.",
    columns=(
        TS_OBSERVED,
        TS_RECV,
        EVENT_ID,
        Column(
            "update_id", INT, "The book's last update id: deltas after it follow.", nullable=True
        ),
        _SIDE,
        _LEVEL_PRICE,
        Column("quantity", QUANTITY, "Quantity at the level, in the venue's unit."),
    ),
    key=("event_id", "side", "price"),
    time_column="ts_event",
    order=_BOOK_ORDER,
    constraints=(*_LEVEL_RULES, *not_negative("quantity")),
    chunk=HOT,
    compress_after=timedelta(days=1),
    retain=timedelta(days=30),
    segment_by=SEGMENTS,
)

BOOK_DELTAS = Dataset(
    name="book_deltas",
    tier=Tier.RAW,
    doc=(
        "Changed book levels, one row per level, with the ids by which a gap between two events is "
        "seen."
    ),
    columns=(
        TS_OBSERVED,
        TS_RECV,
        EVENT_ID,
        Column(
            "first_update_id",
            INT,
            "First update id in the event, where the venue gives a range.",
            nullable=True,
        ),
        Column(
            "update_id",
            INT,
            "Last update id of the event. Null where the venue counts messages of a connection "
            "instead.",
            nullable=True,
        ),
        Column(
            "previous_update_id",
            INT,
            "Last update id of the event before, where the venue gives it.",
            nullable=True,
        ),
        _SIDE,
        _LEVEL_PRICE,
        Column(
            "quantity",
            QUANTITY,
            "New quantity at the level; 0: the level is gone. Null: see `change`.",
            nullable=True,
        ),
        Column(
            "change",
            QUANTITY,
            "Signed change of the quantity, where the venue gives that instead.",
            nullable=True,
        ),
        Column(
            "cross_sequence",
            INT,
            "A number that orders books of all depths against trades, where the venue gives one.",
            nullable=True,
            merge=Merge.FILL,
        ),
    ),
    key=("event_id", "side", "price"),
    time_column="ts_event",
    order=_BOOK_ORDER,
    constraints=(
        *_LEVEL_RULES,
        *not_negative("quantity"),
        Constraint(
            "quantity_or_change",
            "quantity IS NOT NULL OR change IS NOT NULL",
            "neither quantity nor change",
        ),
        Constraint(
            "id_range", "update_id >= first_update_id", "last update id is before the first"
        ),
    ),
    chunk=HOT,
    compress_after=timedelta(days=1),
    retain=timedelta(days=30),
    segment_by=SEGMENTS,
)

BOOK = (QUOTES, BOOK_SNAPSHOTS, BOOK_DELTAS)
