"""Two stores of the same instruments, compared by their coverage.

Belongs here: what one lacks. Does not: which of them stays (platform).
"""

from __future__ import annotations

from marketdata_platform.workflows.ports import Store


def days_with_fewer_trades(new: Store, old: Store) -> list[str]:
    """The instruments and UTC days of which `new` has fewer trades than `old`, in order."""
    with old.session(), new.session():
        held = {(day.instrument, day.day): day.rows for day in new.coverage("trades")}
        return [
            f"{day.instrument} {day.day.isoformat()}"
            for day in old.coverage("trades")
            if held.get((day.instrument, day.day), 0) < day.rows
        ]
