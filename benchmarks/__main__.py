"""`python -m benchmarks [NAME…]`: run all benchmarks (or those named); all of them write
benchmarks/RESULTS.md.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER / "RESULTS.md"


def main() -> int:
    """Each benchmark runs in a process of its own, so that one's memory does not slow the next."""
    wanted = sys.argv[1:]
    names = [
        p.stem
        for p in sorted(FOLDER.glob("bench_*.py"))
        if not wanted or p.stem.removeprefix("bench_") in wanted
    ]
    if not names:
        known = ", ".join(p.stem.removeprefix("bench_") for p in sorted(FOLDER.glob("bench_*.py")))
        print(f"no benchmark is called {' '.join(wanted)}; there are: {known}")
        return 2
    parts, failed = [], 0
    for name in names:
        print(f"== {name}", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"],
            capture_output=True,
            text=True,
            check=False,
        )
        print(done.stdout, flush=True)
        if done.returncode:
            failed += 1
            print(done.stderr, file=sys.stderr, flush=True)
        parts.append(done.stdout.strip())
    made = (
        f"Made by `make bench` on {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores. Read "
        "ratios, not times."
    )
    if not wanted:
        RESULTS.write_text("\n\n".join(["# Benchmarks", made, *parts]) + "\n", encoding="utf-8")
        print(f"written to {RESULTS}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
