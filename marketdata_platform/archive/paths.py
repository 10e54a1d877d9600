"""Where an archived day lies: the same relative path in a folder and under an object store's
prefix.

    <root>/archive/<tier>/<dataset>/venue=…/market=…/symbol=…/date=YYYY-MM-DD/part-0.parquet
                                                                             _manifest.json

Hive style: DuckDB, Polars, pyarrow and Spark read the folders back as columns, and decode the
percent escapes of `Instrument.path_symbol` (`CL:BF F1` lies in `symbol=CL%3ABF%20F1`). The data
file's name never changes, so that a reader that globs sees one generation or the other, never two.
The manifest does not match `*.parquet`; names that begin with `_` or `.` are also skipped by Spark
and pyarrow. Polars wants the glob (`trades/**/*.parquet`) or `hidden_file_prefix=["_", "."]`. A
dataset whose symbols are all numbers (`000001`) needs a reader that is asked to read them as text,
e.g. DuckDB's `hive_types={'symbol': VARCHAR}`. In an object store the data file has another name
each time (object_store.py). Hours of a day that is still open lie in a tree of their own, so that
no glob over days sees them:

    <root>/archive/hours/<tier>/<dataset>/venue=…/market=…/symbol=…/date=YYYY-MM-DD/hour=HH/

Belongs here: names and their way back. Does not: opening anything.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath

from marketdata_platform.core.datasets import DATASETS, Dataset, Tier, dataset_named
from marketdata_platform.core.errors import InvalidInput, InvalidInstrument
from marketdata_platform.core.instrument import Instrument, symbol_from_path
from marketdata_platform.workflows.ports import Partition

DATA_FILE = "part-0.parquet"
MANIFEST_FILE = "_manifest.json"
HOURS = "hours"
LEDGER = "ledger"
HOURS_TREE = PurePosixPath(HOURS)
TREES = tuple(
    sorted([HOURS_TREE, *(PurePosixPath(tier.value) for tier in Tier if tier is not Tier.META)])
)
"""What an archive holds at its top: one folder a tier, and the hours."""
_HOUR = re.compile(r"hour=([01][0-9]|2[0-3])")


def dataset_path(dataset: Dataset) -> PurePosixPath:
    """`<tier>/<dataset>`.

    Raises:
        InvalidInput: for the store's own bookkeeping, which is never archived.
    """
    if dataset.tier is Tier.META:
        raise InvalidInput(f"{dataset.name} is the store's own bookkeeping and is not archived")
    return PurePosixPath(dataset.tier.value, dataset.name)


def instrument_path(dataset: Dataset, instrument: Instrument) -> PurePosixPath:
    """`<tier>/<dataset>/venue=…/market=…/symbol=…`."""
    parts = (
        f"venue={instrument.venue}",
        f"market={instrument.market}",
        f"symbol={instrument.path_symbol}",
    )
    return dataset_path(dataset).joinpath(*parts)


def day_path(dataset: Dataset, instrument: Instrument, day: date) -> PurePosixPath:
    """The folder of one archived day."""
    return instrument_path(dataset, instrument) / f"date={day.isoformat()}"


def ledger_path(dataset: str, instrument: Instrument) -> PurePosixPath:
    """The archived copy of an instrument's bookkeeping:
    `ledger/<dataset>/venue=…/market=…/symbol=…/rows.parquet`.
    """
    parts = (
        f"venue={instrument.venue}",
        f"market={instrument.market}",
        f"symbol={instrument.path_symbol}",
    )
    return PurePosixPath(LEDGER, dataset_named(dataset).name, *parts, "rows.parquet")


def place_of(partition: Partition) -> PurePosixPath:
    """The folder of an archived day, or of an hour of an open one: `hours/<the day's>/hour=HH`."""
    day = day_path(dataset_named(partition.dataset), partition.instrument, partition.day)
    return (
        day if partition.hour is None else PurePosixPath(HOURS) / day / f"hour={partition.hour:02d}"
    )


def partition_at(folder: PurePosixPath) -> Partition | None:
    """The partition whose folder is `folder` (relative to the archive), or None when it is none of
    ours.
    """
    if len(folder.parts) == 8 and folder.parts[0] == HOURS:
        day = partition_at(PurePosixPath(*folder.parts[1:7]))
        found = _HOUR.fullmatch(folder.parts[7])
        return replace(day, hour=int(found[1])) if day and found else None
    if len(folder.parts) != 6:
        return None
    _, name, *hive = folder.parts
    keys, values = zip(*(part.partition("=")[::2] for part in hive), strict=True)
    if name not in DATASETS or keys != ("venue", "market", "symbol", "date"):
        return None
    try:
        instrument = Instrument(values[0], values[1], symbol_from_path(values[2]))
        partition = Partition(name, instrument, date.fromisoformat(values[3]))
        ours = day_path(DATASETS[name], instrument, partition.day) == folder
    except (InvalidInstrument, InvalidInput, ValueError):
        return None
    return partition if ours else None
