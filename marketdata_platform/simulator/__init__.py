"""The simulated exchange: seeded markets and what the exchange publishes of them.

Belongs here: everything that stands in for a venue in demos, tests and benchmarks, and the ledger
about it. Does not: anything that reads what it writes; importers and decoders must not lean on
their own test bench.
"""

from marketdata_platform.simulator.archives.dumps import (
    Dump,
    aggregate_trades,
    dump_name,
    write_dump,
)
from marketdata_platform.simulator.archives.faults import Faults, Truth
from marketdata_platform.simulator.markets.market import MarketModel, simulate_day
from marketdata_platform.simulator.venues.listing import PRESETS, preset

__all__ = [
    "PRESETS",
    "Dump",
    "Faults",
    "MarketModel",
    "Truth",
    "aggregate_trades",
    "dump_name",
    "preset",
    "simulate_day",
    "write_dump",
]
