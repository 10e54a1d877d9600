"""The columns and rules that raw datasets share.

Belongs here: what more than one raw dataset has. Does not: a dataset (raw*.py).

Every row has an `event_id`, which holds across redundant recordings: the venue's own number where
it gives one (then `sequence` is that number, and the store keeps it once), else the exchange's time
and what the message says. Two recorders that heard the same message so make the same row, and only
the earlier `ts_recv` is kept.
"""

from datetime import timedelta

import pyarrow as pa

from marketdata_platform.core.datasets.model import (
    FLOAT,
    INT,
    PRICE,
    TEXT,
    TIMESTAMP,
    Column,
    Constraint,
    Merge,
)

RATE = pa.decimal128(
    18, 12
)  # funding rates and volatilities: a 64-bit integer underneath, ten to the -12 apart

SEGMENTS = ("venue", "market", "symbol")
HOT = timedelta(hours=1)
TS_EVENT = Column("ts_event", TIMESTAMP, "Exchange time, UTC, microseconds.")
TS_OBSERVED = Column(
    "ts_event",
    TIMESTAMP,
    "Exchange time, UTC, microseconds; where the venue gives none, the first receipt.",
    merge=Merge.EARLIEST,
)
TS_RECV = Column(
    "ts_recv",
    TIMESTAMP,
    "First receipt over all recordings by their own clocks; null where those had been stepped. "
    "Never order by it.",
    nullable=True,
    merge=Merge.EARLIEST,
)
EVENT_ID = Column(
    "event_id",
    TEXT,
    "The venue's number of the event, else its time and content: equal in all recordings.",
)
SEQUENCE = Column(
    "sequence",
    INT,
    "The venue's number of the event, where it has one.",
    nullable=True,
    merge=Merge.FILL,
)
HEAD = (TS_EVENT, TS_RECV, EVENT_ID, SEQUENCE)
OBSERVED_HEAD = (TS_OBSERVED, TS_RECV, EVENT_ID, SEQUENCE)
ORDER = ("ts_event", "sequence", "event_id")
ID_PRESENT = Constraint("event_id_present", "event_id <> ''", "event id is empty")


def partial(name: str, kind: pa.DataType, doc: str) -> Column:
    """A column that a message may leave out; another recording of the same moment may fill it."""
    return Column(name, kind, doc, nullable=True, merge=Merge.FILL)


def price(name: str, doc: str) -> Column:
    """A price that may be missing."""
    return partial(name, PRICE, doc)


def number(name: str, doc: str) -> Column:
    """An estimate of the venue's (a greek), not money: a float."""
    return partial(name, FLOAT, doc)


def not_negative(*names: str) -> tuple[Constraint, ...]:
    """One rule per column: the value is not below zero."""
    return tuple(Constraint(f"{n}_not_negative", f"{n} >= 0", f"{n} is below zero") for n in names)
