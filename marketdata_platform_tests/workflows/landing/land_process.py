"""Lands journals over and over in a process of its own, to be killed: `python -m … ROOT
GATHERER…`.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform.workflows.landing.land import land
from marketdata_platform.workflows.landing.rounds import LandOptions
from marketdata_platform_tests.workflows.landing.land_journals import sources


def main() -> None:
    root = Path(sys.argv[1])
    store = DuckDBStore(root / "store")
    options = LandOptions(batch_bytes=3 * 2**16)
    sys.stdout.write("landing\n")
    sys.stdout.flush()
    land(store, sources(root, *sys.argv[2:]), options, now=lambda: datetime.now(UTC))


if __name__ == "__main__":
    main()
