"""A store made anew from journals, beside the old one, which goes only when the new one is
complete.

Belongs here: where the new store grows, and the change-over. Does not: landing itself (landing).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from marketdata_platform.core.errors import ConfigurationError, InvalidInput
from marketdata_platform.platform.adapters import open_store
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.platform.use_cases.land import gatherer_names, options_of, source_of
from marketdata_platform.settings import StoreSection
from marketdata_platform.workflows.landing.land import LandResult, land
from marketdata_platform.workflows.ports import QueryableStore

_DATA = "data"


@dataclass(slots=True)
class Rebuilt(LandResult):
    """What a rebuild landed; `root` holds the new store's `data`, `kept` is what the old one is
    called now.
    """

    root: Path = Path()
    kept: Path | None = None


def rebuild(
    platform: Platform,
    gatherers: Iterable[str] | None = None,
    *,
    into: Path | None = None,
    force: bool = False,
    progress: Callable[[LandResult], None] | None = None,
) -> Rebuilt:
    """Land journals (None: of all gatherers, and repairs) from their beginning into a new DuckDB
    store.

    With `into` it stays there. Without, it takes the place of the deployment's store, whose folder
    is renamed and kept.

    Raises:
        ConfigurationError: the deployment's store is a server (give `into`), or `into` is not
            empty.
        InvalidInput: the new store has fewer trades of some day than the old one, which so stays;
            the new one is where the message says. `force` changes over all the same.
    """
    names = gatherer_names(platform) if gatherers is None else list(gatherers)
    sources = [source_of(platform, name) for name in names]
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    root = into if into is not None else platform.root / f"rebuild-{stamp}"
    if into is None and platform.settings.store.url is not None:
        raise ConfigurationError(
            "the store is a server: rebuild beside it with --into FOLDER, then load it from there"
        )
    if (root / _DATA).exists() and any((root / _DATA).iterdir()):
        raise ConfigurationError(
            f"{root / _DATA} is not empty: name a folder that holds no store yet"
        )
    store = open_store(platform.settings.model_copy(update={"root": root, "store": StoreSection()}))
    result = land(
        store, sources, options_of(platform), now=lambda: datetime.now(UTC), progress=progress
    )
    lacking = [] if force or into is not None else _lacking(platform.store, store)
    store.close()
    kept = None
    if lacking:
        raise InvalidInput(
            f"the journals hold fewer trades than the store (UTC days: {len(lacking)}, first "
            f"{lacking[0]}): imports "
            "and what retention dropped are not in them. The store was left as it is, the new one "
            f"is in {root}; "
            "change over with --force"
        )
    if into is None:
        kept = _change_over(platform, root, stamp)
    told = {name: getattr(result, name) for name in LandResult.__slots__}
    return Rebuilt(**told, root=platform.root if into is None else root, kept=kept)


def _lacking(old: QueryableStore, new: QueryableStore) -> list[str]:
    """Days of which the old store has more trades."""
    lacking = []
    with old.session(), new.session():
        held = {(day.instrument, day.day): day.rows for day in new.coverage("trades")}
        for day in old.coverage("trades"):
            if held.get((day.instrument, day.day), 0) < day.rows:
                lacking.append(f"{day.instrument} {day.day.isoformat()}")
    return lacking


def _change_over(platform: Platform, root: Path, stamp: str) -> Path | None:
    """Put the new store's folder in the old one's place: two renames."""
    platform.store.close()
    old, new = platform.root / _DATA, root / _DATA
    kept = platform.root / f"{_DATA}.before-{stamp}" if old.exists() else None
    new.mkdir(parents=True, exist_ok=True)
    if kept is not None:
        old.rename(kept)
    new.rename(old)
    root.rmdir()
    return kept
