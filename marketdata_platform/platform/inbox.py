"""The inbox of a deployment: files that somebody put there to be imported.

Belongs here: which of them may matter. Does not: opening and importing them (deployment).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from marketdata_platform.core.window import Window
from marketdata_platform.history.file_names import claimed_stretch


def files_claiming(folder: Path, days: Iterable[date]) -> Iterator[tuple[Path, Window | None]]:
    """The files of `folder`, by name, that may hold rows of any of these UTC days, with the stretch
    that their names claim (None: they claim none, and may hold any day).
    """
    wanted = [Window.of_day(day) for day in days]
    for path in sorted(folder.glob("*")):
        if not path.is_file() or path.name.startswith(".") or path.name.endswith(".CHECKSUM"):
            continue
        claimed = claimed_stretch(path.name)
        if claimed is None or any(day.overlaps(claimed) for day in wanted):
            yield path, claimed
