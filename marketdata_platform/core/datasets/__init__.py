"""The one list of record types. A new table is a new `Dataset` here, never a new method
anywhere.
"""

from marketdata_platform.core.datasets.bars import BARS
from marketdata_platform.core.datasets.meta import (
    CHECKPOINTS,
    CLOCKS,
    CURSORS,
    GAPS,
    IMPORTS,
    META,
    QUARANTINE,
)
from marketdata_platform.core.datasets.model import Column, Constraint, Dataset, Merge, Tier
from marketdata_platform.core.datasets.order_flow import ORDER_FLOW_DATASETS
from marketdata_platform.core.datasets.raw import RAW, TRADES
from marketdata_platform.core.errors import UnknownDataset

DERIVED = BARS + ORDER_FLOW_DATASETS
DATASETS: dict[str, Dataset] = {d.name: d for d in RAW + DERIVED + META}


def dataset_named(name: str) -> Dataset:
    """The record type called `name`.

    Raises:
        UnknownDataset: when there is none; the message lists those there are.
    """
    try:
        return DATASETS[name]
    except KeyError:
        known = ", ".join(sorted(DATASETS))
        raise UnknownDataset(f"no dataset is called {name[:60]!r}; there are: {known}") from None


__all__ = [
    "BARS",
    "CHECKPOINTS",
    "CLOCKS",
    "CURSORS",
    "DATASETS",
    "DERIVED",
    "GAPS",
    "IMPORTS",
    "META",
    "ORDER_FLOW_DATASETS",
    "QUARANTINE",
    "RAW",
    "TRADES",
    "Column",
    "Constraint",
    "Dataset",
    "Merge",
    "Tier",
    "dataset_named",
]
