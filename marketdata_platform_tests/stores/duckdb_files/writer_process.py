"""A process that writes to a store, to be locked out or killed: `python -m … ROOT first last chunk
[hold seconds]`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform_tests.stores.contract import BTC, an_import, many


def main(root: str, first: str, last: str, chunk: str, hold: str = "") -> None:
    store = DuckDBStore(Path(root))
    with store.session():
        for start in range(int(first), int(last), int(chunk)):
            rows = many(start, min(start + int(chunk), int(last)))
            store.append(
                "trades", BTC, rows, companions={"imports": an_import(str(start), rows.num_rows)}
            )
            sys.stdout.write(f"{start}\n")
            sys.stdout.flush()
        if hold:
            time.sleep(float(hold))


if __name__ == "__main__":
    main(*sys.argv[1:])
