"""Which layout a table has, recognised by its columns.

Belongs here: choosing among the declared layouts and our own columns. Does not: the layouts
(venues, tardis), reading by one (tables).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from marketdata_platform.core.datasets import Dataset, dataset_named
from marketdata_platform.core.errors import UnsupportedFormat
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.history.formats import known
from marketdata_platform.history.formats.tables import own_layout, own_layouts
from marketdata_platform.venues.kit.tables import TableLayout


def layout_of(
    path: Path, names: Sequence[str], dataset: str | None, instrument: Instrument | None
) -> TableLayout:
    """The layout of the table in file `path` with columns `names`.

    Args:
        path: for messages.
        names: the file's columns.
        dataset: which one they are of; None: recognised by the columns.
        instrument: of all the file's records; None: as the file says.

    Raises:
        UnsupportedFormat: the columns are of no dataset, lack one that the dataset needs, are of
            another venue than the instrument, or may be of several venues.
        UnknownDataset: there is no such dataset.
    """
    kind = None if dataset is None else dataset_named(dataset)
    declared = _declared(path, names, kind, instrument)
    if declared is not None:
        return declared
    if kind is not None:
        return _own(path, kind, names)
    own = own_layouts(names)
    if not own:
        raise UnsupportedFormat(
            f"{path}: its columns ({', '.join(names)[:200]}) are those of no dataset; say "
            "--dataset, "
            "and see `marketdata schema` for the columns"
        )
    return own[0]


def columns_without_header(first: Sequence[str], name: str) -> list[str] | None:
    """The columns of file `name` whose first line has the fields `first`, where that is a row of a
    declared table; None where it is a header.

    Raises:
        UnsupportedFormat: it may be a row of several tables with other columns.
    """
    if not first[0].isdigit():
        return None
    found = {
        one.layout.headerless: one.layout.name
        for one in known.tables()
        if len(one.layout.headerless) == len(first)
    }
    if len(found) > 1:
        raise UnsupportedFormat(
            f"{name} has no header, and may be {' or '.join(found.values())}: put the columns' "
            "names in its first line"
        )
    return list(next(iter(found))) if found else None


def _declared(
    path: Path, names: Sequence[str], kind: Dataset | None, instrument: Instrument | None
) -> TableLayout | None:
    """The declared layout that uses most of the columns; None when none fits."""
    fitting = [
        one
        for one in known.tables()
        if one.layout.fits(names) and kind in (None, one.layout.dataset)
    ]
    if instrument is not None:
        fitting = _of_venue(path, fitting, instrument.venue)
    most = max((len(one.layout.columns) for one in fitting), default=0)
    best = [one.layout for one in fitting if len(one.layout.columns) == most]
    if len(best) > 1:
        raise UnsupportedFormat(
            f"{path} may have the layouts {' and '.join(one.name for one in best)}: say "
            "--instrument, or --dataset"
        )
    return best[0] if best else None


def _of_venue(
    path: Path, fitting: list[known.DeclaredTable], venue: str
) -> list[known.DeclaredTable]:
    ours = [one for one in fitting if one.venue in ("", venue)]
    if fitting and not ours:
        raise UnsupportedFormat(
            f"{path} has the layout {fitting[0].layout.name}, which is not of venue {venue}"
        )
    return ours


def _own(path: Path, kind: Dataset, names: Sequence[str]) -> TableLayout:
    missing = [c.name for c in kind.columns if not c.nullable and c.name not in names]
    if missing:
        raise UnsupportedFormat(f"{path} lacks the columns {', '.join(missing)} of {kind.name}")
    return own_layout(kind, names)
