"""Closing UTC days: which instrument-days are complete, and which came late data after they were
closed.

Belongs here: the decision, from what the store holds and what was closed before. Does not: deriving
or archiving.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.workflows.ports import Store

Days = Mapping[Instrument, Mapping[date, str]]  # what each complete day holds, as a digest


@dataclass(frozen=True, slots=True)
class Known:
    """What was seen and closed of one day: digests, empty: never."""

    seen: str = ""
    closed: str = ""


@dataclass(frozen=True, slots=True)
class Closing:
    """One day to be closed; `version` differs whenever it has to be done again."""

    instrument: Instrument
    day: date
    version: str
    late: bool  # it had been closed, and something came after that


@dataclass(slots=True)
class Closings:
    """What is to be closed now, and what to remember."""

    due: list[Closing] = field(default_factory=list)
    known: dict[Instrument, dict[date, Known]] = field(default_factory=dict)


def day_digests(
    store: Store, instrument: Instrument, days: Iterable[date], datasets: Iterable[str]
) -> dict[date, str]:
    """What each day holds over all `datasets`, as twelve hex digits: equal digests mean equal
    rows.
    """
    held: dict[date, list[str]] = {day: [] for day in days}
    for dataset in sorted(datasets):
        for coverage in store.coverage(dataset, instrument):
            if coverage.day in held:
                held[coverage.day].append(f"{dataset} {coverage.rows} {coverage.digest}")
    return {
        day: hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
        for day, lines in held.items()
    }


def closings(passed: Days, known: Mapping[Instrument, Mapping[date, Known]]) -> Closings:
    """The days of `passed` that are to be closed.

    A day is closed once two looks saw the same rows: a gatherer that catches up fills it landing by
    landing. What follows from a late day, the later days' derived rows, is made again with it.
    """
    found = Closings()
    for instrument, days in passed.items():
        _close(instrument, days, known.get(instrument, {}), found)
    return found


def _close(
    instrument: Instrument, days: Mapping[date, str], before: Mapping[date, Known], found: Closings
) -> None:
    after = found.known.setdefault(instrument, {})
    cause = ""
    for day, digest in sorted(days.items()):
        then = before.get(day, Known())
        settled, late = then.seen == digest, bool(then.closed)
        changed = settled and then.closed.partition("+")[0] != digest
        if changed and late:
            cause = digest
        if settled and (changed or (cause and late)):
            wanted = digest if cause in ("", digest) else f"{digest}+{cause}"
            found.due.append(Closing(instrument, day, wanted, late=late))
            then = Known(digest, wanted)
        after[day] = Known(digest, then.closed)
