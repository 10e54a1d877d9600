"""The one list of record types. A new table is a new file in a folder here and a line in this
list, never a new method anywhere.
"""

from marketdata_platform.core.datasets.derived.fair_value_gaps import FAIR_VALUE_GAPS
from marketdata_platform.core.datasets.derived.footprint import FOOTPRINT
from marketdata_platform.core.datasets.derived.imbalance_bars import IMBALANCE_BARS
from marketdata_platform.core.datasets.derived.klines import KLINE
from marketdata_platform.core.datasets.derived.market_profile import MARKET_PROFILE
from marketdata_platform.core.datasets.derived.model import Derived
from marketdata_platform.core.datasets.derived.order_flow import ORDER_FLOW
from marketdata_platform.core.datasets.derived.plain_bars import PLAIN_BARS
from marketdata_platform.core.datasets.derived.run_bars import RUN_BARS
from marketdata_platform.core.datasets.derived.supply_demand_zones import SUPPLY_DEMAND_ZONES
from marketdata_platform.core.datasets.derived.vpin import VPIN
from marketdata_platform.core.datasets.listing import listed
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
from marketdata_platform.core.datasets.raw import RAW, TRADES
from marketdata_platform.core.errors import UnknownDataset

BARS = (KLINE, *IMBALANCE_BARS, *RUN_BARS, *PLAIN_BARS, VPIN)
DERIVED: tuple[Derived, ...] = (
    *BARS,
    ORDER_FLOW,
    FOOTPRINT,
    MARKET_PROFILE,
    FAIR_VALUE_GAPS,
    SUPPLY_DEMAND_ZONES,
)
DATASETS: dict[str, Dataset] = listed(*RAW, *DERIVED, *META)


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


def derived_named(name: str) -> Derived:
    """The derived record type called `name`.

    Raises:
        UnknownDataset: when there is none; the message lists those there are.
    """
    found = DATASETS.get(name)
    if not isinstance(found, Derived):
        known = ", ".join(one.name for one in DERIVED)
        raise UnknownDataset(f"no derived dataset is called {name[:60]!r}; there are: {known}")
    return found


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
    "QUARANTINE",
    "RAW",
    "TRADES",
    "Column",
    "Constraint",
    "Dataset",
    "Derived",
    "Merge",
    "Tier",
    "dataset_named",
    "derived_named",
]
