"""A store made anew from journals, beside the old one, which goes only when the new one is
complete.

Belongs here: where the new store grows, and whether it may take the old one's place. Does not:
landing (workflows.landing), comparing (workflows.archiving), the change-over itself (stores).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from marketdata_platform.core.errors import ConfigurationError, InvalidInput
from marketdata_platform.platform.adapters import open_store
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.platform.use_cases.land import gatherer_names, options_of, source_of
from marketdata_platform.settings import StoreSection
from marketdata_platform.stores.duckdb_files.data_folder import DATA, change_over
from marketdata_platform.workflows.archiving.store_comparison import days_with_fewer_trades
from marketdata_platform.workflows.landing.land import LandResult, land
from marketdata_platform.workflows.ports import Store


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
    root = _empty_root(platform, into, stamp)
    settings = platform.settings.model_copy(update={"root": root, "store": StoreSection()})
    with closing(open_store(settings)) as store:
        result = land(
            store, sources, options_of(platform), now=lambda: datetime.now(UTC), progress=progress
        )
        if into is None and not force:
            _require_no_fewer_trades(store, platform.store, root)
    rebuilt = Rebuilt(**{name: getattr(result, name) for name in LandResult.__slots__}, root=root)
    if into is None:
        platform.store.close()
        rebuilt.kept, rebuilt.root = change_over(platform.root, root, stamp), platform.root
    return rebuilt


def _empty_root(platform: Platform, into: Path | None, stamp: str) -> Path:
    """Where the new store grows."""
    if into is None and platform.settings.store.url is not None:
        raise ConfigurationError(
            "the store is a server: rebuild beside it with --into FOLDER, then load it from there"
        )
    root = into if into is not None else platform.root / f"rebuild-{stamp}"
    if (root / DATA).exists() and any((root / DATA).iterdir()):
        raise ConfigurationError(
            f"{root / DATA} is not empty: name a folder that holds no store yet"
        )
    return root


def _require_no_fewer_trades(new: Store, old: Store, root: Path) -> None:
    lacking = days_with_fewer_trades(new, old)
    if lacking:
        raise InvalidInput(
            f"the journals hold fewer trades than the store (UTC days: {len(lacking)}, first "
            f"{lacking[0]}): imports and what retention dropped are not in them. The store was "
            f"left as it is, the new one is in {root}; change over with --force"
        )
